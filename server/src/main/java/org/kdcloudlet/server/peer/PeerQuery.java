package org.kdcloudlet.server.peer;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks other cloudlets how busy they are and what they offer. Thread-safe; closing it ends what is under way. */
final class PeerQuery implements AutoCloseable {
    /** For the whole of an answer from one address. */
    private static final Duration DEADLINE = Duration.ofSeconds(2);

    /** A cloudlet may be announced at addresses that are not reached from here. */
    private static final int MAX_ADDRESSES = 2;

    private final HttpClient http = HttpClient.newBuilder()
            .connectTimeout(DEADLINE)
            .followRedirects(HttpClient.Redirect.NEVER)
            .version(HttpClient.Version.HTTP_1_1)
            .build();
    private final Set<CompletableFuture<?>> calls = ConcurrentHashMap.newKeySet();

    /**
     * @param addresses tried in their order
     * @throws IOException when none of them answers within 2 s as a cloudlet does
     */
    PeerAnswer ask(List<InetAddress> addresses, int port) throws IOException, InterruptedException {
        IOException last = new IOException("it has no address that can be asked");
        for (InetAddress address : addresses.stream().limit(MAX_ADDRESSES).toList()) {
            try {
                return ask(address, port);
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }

    private PeerAnswer ask(InetAddress address, int port) throws IOException, InterruptedException {
        String host = address instanceof Inet6Address ? "[" + address.getHostAddress() + "]" : address.getHostAddress();
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://" + host.replace("%", "%25") + ":" + port + "/api/system?services=Y"))
                .timeout(DEADLINE)
                .build();
        CompletableFuture<HttpResponse<byte[]>> call = http.sendAsync(request, LimitedBody.of(PeerAnswer.MAX_BYTES));
        calls.add(call);
        try {
            HttpResponse<byte[]> response = call.get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
            if (response.statusCode() != 200) {
                throw new IOException("it answered with status " + response.statusCode());
            }
            return PeerAnswer.parse(response.body());
        } catch (ExecutionException e) {
            throw new IOException("it cannot be asked: " + e.getCause().getMessage(), e);
        } catch (TimeoutException e) {
            throw new IOException("it did not answer within " + DEADLINE.toSeconds() + " s", e);
        } catch (CancellationException e) {
            throw new InterruptedException("closed");
        } finally {
            call.cancel(true);
            calls.remove(call);
        }
    }

    @Override
    public void close() {
        calls.forEach(call -> call.cancel(true));
    }
}
