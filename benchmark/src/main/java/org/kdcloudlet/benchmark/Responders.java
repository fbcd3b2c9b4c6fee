package org.kdcloudlet.benchmark;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.jmdns.JmDNS;
import javax.jmdns.ServiceInfo;
import javax.jmdns.impl.ServiceInfoImpl;

/** Multicast DNS responders (JmDNS) on the loopback interface, each announcing one cloudlet that is not there. */
final class Responders implements AutoCloseable {
    private static final String TYPE = "_cloudlet._tcp.local.";
    private static final long DEADLINE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final String prefix = "bench" + ProcessHandle.current().pid() + "-";
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<JmDNS> running = new ArrayList<>();

    /** Returns once all are announced. */
    Responders(int count) throws IOException, InterruptedException {
        List<Callable<JmDNS>> starts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = i;
            starts.add(() -> announce(prefix + number, 4000 + number));
        }
        try {
            for (Future<JmDNS> started : threads.invokeAll(starts)) {
                running.add(started.get());
            }
        } catch (ExecutionException e) {
            throw new IOException(
                    "a responder cannot be started: " + e.getCause().getMessage(), e.getCause());
        }
    }

    private static JmDNS announce(String name, int port) throws IOException {
        JmDNS responder = JmDNS.create(InetAddress.getByName("127.0.0.1"), name);
        ServiceInfo service = ServiceInfo.create(TYPE, name, port, 0, 0, Map.of("encryption", "disabled"));
        responder.registerService(service);
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        while (!((ServiceInfoImpl) service).isAnnounced()) {
            if (System.nanoTime() > deadline) {
                throw new IOException(name + " was not announced within a minute");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
        return responder;
    }

    /** Whether a cloudlet is one of these. */
    boolean has(String instanceName) {
        return instanceName.startsWith(prefix);
    }

    /** All at once, since each takes seconds. */
    @Override
    public void close() throws IOException {
        List<Callable<Void>> ends = new ArrayList<>();
        running.forEach(responder -> ends.add(() -> {
            responder.close();
            return null;
        }));
        try {
            threads.invokeAll(ends);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            threads.shutdownNow();
        }
    }
}
