package org.kdcloudlet.client;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.jmdns.JmDNS;
import javax.jmdns.ServiceInfo;
import javax.jmdns.impl.ServiceInfoImpl;
import org.awaitility.Awaitility;

/** Real multicast DNS responders on the loopback interface, each announcing one cloudlet. */
final class Responders implements AutoCloseable {
    static final Duration DEADLINE = Duration.ofSeconds(60);

    /** Tests of several builds may run on one host at once: each looks at its own. */
    final String prefix = "c" + ProcessHandle.current().pid() + "x" + System.nanoTime() % 100_000 + "-";

    private final List<JmDNS> running = new ArrayList<>();

    /** Starts some, all announced when this returns; their ports count from {@code port}. */
    void start(int count, int port) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        List<Future<ServiceInfo>> started = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = i;
            started.add(threads.submit(() -> announce(number, port + number)));
        }
        for (Future<ServiceInfo> one : started) {
            ServiceInfoImpl info = (ServiceInfoImpl) one.get();
            Awaitility.await().atMost(DEADLINE).until(info::isAnnounced);
        }
        threads.shutdown();
    }

    private ServiceInfo announce(int number, int port) throws IOException {
        JmDNS responder = JmDNS.create(InetAddress.getByName("127.0.0.1"), prefix + number);
        synchronized (running) {
            running.add(responder);
        }
        ServiceInfo service = ServiceInfo.create(
                "_cloudlet._tcp.local.", prefix + number, port, 0, 0, Map.of("encryption", "disabled"));
        responder.registerService(service);
        return service;
    }

    List<Cloudlet> mine(List<Cloudlet> cloudlets) {
        return cloudlets.stream()
                .filter(one -> one.instanceName().startsWith(prefix))
                .toList();
    }

    /** All at once: each takes seconds. */
    void stop() throws InterruptedException {
        List<Thread> closing = running.stream()
                .map(responder -> new Thread(() -> {
                    try {
                        responder.close();
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                }))
                .toList();
        closing.forEach(Thread::start);
        for (Thread thread : closing) {
            thread.join();
        }
        running.clear();
    }

    @Override
    public void close() {
        try {
            stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
