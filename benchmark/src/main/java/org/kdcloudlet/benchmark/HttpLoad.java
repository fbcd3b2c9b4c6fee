package org.kdcloudlet.benchmark;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A closed-loop HTTP load on loopback: some connections, kept alive, each asking again as soon as it was answered. */
final class HttpLoad {
    private HttpLoad() {}

    /**
     * What a load measured.
     *
     * @param requestsPerSecond over all connections
     * @param p99Millis the 99th percentile of the time to a whole answer, in ms
     */
    record Result(double requestsPerSecond, double p99Millis) {}

    /** Sends {@code requests} requests in all over {@code connections} connections; any answer but 200 is an error. */
    static Result run(int port, String path, int connections, int requests) throws IOException, InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(connections);
        try {
            List<Callable<List<Double>>> tasks = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                tasks.add(() -> oneConnection(port, path, requests / connections));
            }
            long began = System.nanoTime();
            List<Future<List<Double>>> done = threads.invokeAll(tasks);
            double seconds = (System.nanoTime() - began) / 1e9;
            List<Double> millis = new ArrayList<>();
            for (Future<List<Double>> task : done) {
                millis.addAll(task.get());
            }
            return new Result(millis.size() / seconds, Statistics.percentile(millis, 99));
        } catch (ExecutionException e) {
            throw new IOException("load on port " + port + " " + path + ": " + e.getCause(), e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    private static List<Double> oneConnection(int port, String path, int requests) throws IOException {
        byte[] request = ("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        List<Double> millis = new ArrayList<>(requests);
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(30_000);
            OutputStream out = socket.getOutputStream();
            InputStream in = new BufferedInputStream(socket.getInputStream(), 16_384);
            for (int i = 0; i < requests; i++) {
                long began = System.nanoTime();
                out.write(request);
                readAnswer(in);
                millis.add((System.nanoTime() - began) / 1e6);
            }
        }
        return millis;
    }

    private static void readAnswer(InputStream in) throws IOException {
        String status = readLine(in);
        if (!status.startsWith("HTTP/1.1 200")) {
            throw new IOException(status);
        }
        int length = -1;
        for (String line = readLine(in); !line.isEmpty(); line = readLine(in)) {
            if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                length = Integer.parseInt(line.substring(15).trim());
            }
        }
        in.skipNBytes(length);
    }

    private static String readLine(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the connection was closed in the middle of an answer");
            }
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }
}
