package org.kdcloudlet.client;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A fake of a cloudlet's device API, written by hand after spec/device-api.md, for what the server of this repository does not
 * do yet (encrypted mode, apps, messages) and for what a real server never does. Answers with whatever bytes a test wants.
 */
final class FakeCloudlet implements Closeable {
    final List<String> requests = new CopyOnWriteArrayList<>();
    final List<Map<String, String>> headers = new CopyOnWriteArrayList<>();
    /** Body by path, without the query. */
    final Map<String, byte[]> bodies = new ConcurrentHashMap<>();
    /** Whole replies by path, in place of all else; an empty one closes the connection, null-length hangs. */
    final Map<String, Script> scripts = new ConcurrentHashMap<>();

    /** Keeps the port while nobody listens there, and refuses: else the system gives it to whoever asks for a port next. */
    private final Socket place;

    private final ServerSocket listener;
    private final Thread accepting;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final String name;
    private volatile Envelope envelope;

    /** Answers a request with bytes of its own, on the connection itself. */
    interface Script {
        void answer(Socket socket, Map<String, String> headers) throws IOException;
    }

    FakeCloudlet(String name) throws IOException {
        this(name, newPlace());
    }

    private FakeCloudlet(String name, Socket place) throws IOException {
        this.name = name;
        this.place = place;
        listener = new ServerSocket();
        listener.setReuseAddress(true);
        listener.bind(place.getLocalSocketAddress(), 50);
        bodies.put("/services", utf8("{\"services\":[" + service("org.example.speech") + "]}"));
        bodies.put("/services/get", utf8(service("org.example.speech")));
        bodies.put("/system", utf8(system(12.5, service("org.example.speech"))));
        bodies.put("/servicevm/start", utf8(instance("0b0e5d0c-4f2b-4a53-9c59-6d3f6a3f1c11", "\"127.0.0.1\"", "null")));
        bodies.put("/servicevm/stop", utf8("{}"));
        bodies.put("/apps", utf8("{\"apps\":[]}"));
        bodies.put("/system/get_messages", utf8("{\"messages\":[]}"));
        accepting = new Thread(this::accept, "fake-cloudlet");
        accepting.setDaemon(true);
        accepting.start();
    }

    private static Socket newPlace() throws IOException {
        Socket place = new Socket();
        place.setReuseAddress(true);
        place.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
        return place;
    }

    /** Another one where this one was before it vanished. */
    FakeCloudlet back() throws IOException {
        return new FakeCloudlet(name, place);
    }

    static String service(String id) {
        return "{\"_id\":\"5e7e5b0d1d41c8260f3d6a01\",\"service_id\":\"" + id
                + "\",\"description\":\"Speech \\\"Sphinx\\\" caf\u00e9\",\"version\":null,\"tags\":[\"speech\",\"audio\"]}";
    }

    static String system(double usage, String service) {
        return "{\"memory_info\":{\"max_memory\":25276502016,\"free_memory\":21480296448},\"cpu_info\":{\"usage\":"
                + usage + ",\"max_cores\":2,\"cache\":491520,\"speed\":\"2599.998\"},\"services\":[" + service + "]}";
    }

    static String instance(String id, String address, String fqdn) {
        return "{\"ssh_port\":null,\"vnc_address\":null,\"fqdn\":" + fqdn
                + ",\"running\":true,\"service_id\":\"org.example.speech\",\"_id\":\"" + id + "\",\"ip_address\":"
                + address
                + ",\"port\":19398}";
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** From now on only encrypted commands of the device with this key are answered. */
    void encrypt(String deviceKey) {
        envelope = new Envelope(Credentials.encryptionPassword(deviceKey));
    }

    Cloudlet cloudlet() {
        return Cloudlet.parse("cloudlet://127.0.0.1:" + port() + "?name=" + name + "&encryption="
                + (envelope == null ? "disabled" : "enabled"));
    }

    int port() {
        return listener.getLocalPort();
    }

    /** How often a path was asked for. */
    long count(String path) {
        return requests.stream()
                .filter(request ->
                        request.equals(path) || request.startsWith(path + "?") || request.startsWith(path + "&"))
                .count();
    }

    static Script raw(String reply) {
        return (socket, headers) -> {
            socket.getOutputStream().write(reply.getBytes(StandardCharsets.ISO_8859_1));
            socket.close();
        };
    }

    static Script status(int status, String body) {
        return raw("HTTP/1.1 " + status + " X\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                open.add(socket);
                Thread thread = new Thread(() -> serve(socket), "fake-connection");
                thread.setDaemon(true);
                thread.start();
            } catch (IOException e) {
                if (!listener.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            while (serveOne(socket, in)) {
                // The next one on the same connection.
            }
        } catch (IOException e) {
            // The client went away, or the fake was closed: both are what tests do.
        } finally {
            open.remove(socket);
        }
    }

    private boolean serveOne(Socket socket, InputStream in) throws IOException {
        String line = line(in);
        if (line.isEmpty()) {
            return false;
        }
        Map<String, String> received = new ConcurrentHashMap<>();
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            received.put(
                    header.substring(0, header.indexOf(':')).toLowerCase(java.util.Locale.ROOT),
                    header.substring(header.indexOf(':') + 1).trim());
        }
        byte[] body = in.readNBytes(Integer.parseInt(received.getOrDefault("content-length", "0")));
        String request = line.split(" ")[1].substring("/api".length());
        if (envelope != null) {
            String sealed = URLDecoder.decode(new String(body, StandardCharsets.US_ASCII), StandardCharsets.UTF_8);
            request = new String(envelope.open(utf8(sealed.substring("command=".length()))), StandardCharsets.UTF_8);
        }
        requests.add(request);
        headers.add(received);
        String path = request.split("[?&]")[0];
        if (scripts.containsKey(path)) {
            scripts.get(path).answer(socket, received);
            return !socket.isClosed();
        }
        byte[] content = bodies.get(path);
        byte[] reply = envelope == null ? content : utf8(envelope.seal(content));
        send(socket, "200 OK", "", reply);
        return true;
    }

    static void send(Socket socket, String status, String header, byte[] body) throws IOException {
        ByteArrayOutputStream reply = new ByteArrayOutputStream();
        reply.write(utf8("HTTP/1.1 " + status + "\r\n" + header + "Content-Length: " + body.length + "\r\n\r\n"));
        reply.write(body);
        socket.getOutputStream().write(reply.toByteArray());
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            line.append((char) next);
        }
        return line.toString().trim();
    }

    /**
     * As when its power is cut, except that connections are reset. The kernel goes on accepting as long as a thread is inside
     * of accept, so that one has to be waited for.
     */
    void vanish() throws IOException {
        listener.close();
        try {
            accepting.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Socket socket : open) {
            socket.close();
        }
    }

    @Override
    public void close() throws IOException {
        vanish();
        place.close();
    }
}
