package org.kdcloudlet.speech.service;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.kdcloudlet.speech.recognizer.Recognizer;

/** Listens on one port for each model and serves each connection in a thread of its own. */
public final class SpeechServer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(SpeechServer.class.getName());
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    /** Beyond the limit, so many connections at once are told so; those beyond are closed without a word. */
    private static final int MAX_REFUSALS = 8;

    private final Recognizer recognizer;
    private final Path spool;
    private final Limits limits;
    private final Map<String, ServerSocketChannel> listeners = new TreeMap<>();
    private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final ScheduledThreadPoolExecutor deadlines = new ScheduledThreadPoolExecutor(1);

    private SpeechServer(Recognizer recognizer, Path spool, Limits limits) {
        this.recognizer = recognizer;
        this.spool = spool;
        this.limits = limits;
        deadlines.setRemoveOnCancelPolicy(true);
    }

    /**
     * Starts to listen.
     *
     * @param recognizer stays the caller's
     * @param addresses of each model, by its name; port 0 takes any
     * @param spool a folder for files that arrive, and for nothing else; made if it is not there. What a server left in it that was
     *     killed is removed
     */
    public static SpeechServer start(
            Recognizer recognizer, Map<String, InetSocketAddress> addresses, Path spool, Limits limits)
            throws IOException {
        Files.createDirectories(spool);
        removeLeft(spool);
        SpeechServer server = new SpeechServer(recognizer, spool, limits);
        try {
            for (Map.Entry<String, InetSocketAddress> address : addresses.entrySet()) {
                ServerSocketChannel listener = ServerSocketChannel.open();
                server.listeners.put(address.getKey(), listener);
                listener.bind(address.getValue(), 128);
                server.threads.execute(() -> server.accept(listener, address.getKey()));
            }
            return server;
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    private static void removeLeft(Path spool) throws IOException {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(spool, Conversation.SPOOLED + "*")) {
            for (Path file : left) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** The port of a model. */
    public int port(String model) throws IOException {
        return ((InetSocketAddress) listeners.get(model).getLocalAddress()).getPort();
    }

    private void accept(ServerSocketChannel listener, String model) {
        while (listener.isOpen()) {
            try {
                serve(listener.accept(), model);
            } catch (ClosedChannelException ended) {
                return;
            } catch (IOException e) {
                // Too many open files, for example: connections that end make room.
                LOG.log(System.Logger.Level.WARNING, "Cannot accept a connection: {0}", e.getMessage());
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private void serve(SocketChannel channel, String model) throws IOException {
        connections.add(channel);
        int count = connections.size();
        if (count > limits.maxConnections() + MAX_REFUSALS) {
            connections.remove(channel);
            channel.close();
            return;
        }
        boolean tooMany = count > limits.maxConnections();
        Conversation conversation = new Conversation(channel, model, recognizer, spool, limits, deadlines);
        threads.execute(() -> {
            try {
                if (tooMany) {
                    conversation.refuse(
                            "There are " + limits.maxConnections() + " connections already; try again later.");
                } else {
                    conversation.run();
                }
            } finally {
                connections.remove(channel);
            }
        });
    }

    /** Stops listening and closes all connections. */
    @Override
    public void close() {
        List<AutoCloseable> open = new ArrayList<>(listeners.values());
        open.addAll(connections);
        for (AutoCloseable channel : open) {
            try {
                channel.close();
            } catch (Exception e) {
                LOG.log(System.Logger.Level.WARNING, "Cannot close a connection: {0}", e.getMessage());
            }
        }
        threads.shutdownNow();
        deadlines.shutdownNow();
    }
}
