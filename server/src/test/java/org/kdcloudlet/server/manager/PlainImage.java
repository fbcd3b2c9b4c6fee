package org.kdcloudlet.server.manager;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/**
 * An image in which neither a service nor the guest agent starts: the demo guest without its program, and with a shell on its screen
 * as all that starts. The rest is to be fetched over the network, as from a distribution's archive, here from a server on the
 * loopback of the host.
 */
final class PlainImage implements AutoCloseable {
    private static final String PROGRAM = "/usr/bin/demo";
    /** The host's loopback as guests see it. */
    private static final String HOST = "10.0.2.2";

    private final Path file;
    private final HttpServer archive;
    private final CountDownLatch installed = new CountDownLatch(1);

    /** @param folder for what it needs, which is the caller's to remove */
    PlainImage(Path folder) throws IOException, InterruptedException {
        DemoDisk disk = new DemoDisk(folder);
        archive = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        serve("/demo", Files.readAllBytes(disk.copyOf(PROGRAM)), () -> {});
        serve("/services", Files.readAllBytes(disk.copyOf(DemoDisk.SERVICES)), () -> {});
        serve("/install", installer().getBytes(StandardCharsets.US_ASCII), () -> {});
        serve("/done", new byte[0], installed::countDown);
        disk.debugfs("rm " + PROGRAM, "symlink /usr/bin/sh busybox");
        disk.write(DemoDisk.SERVICES, "shell 0 /dev/tty1 /bin/busybox getty -n -l /usr/bin/sh 38400 tty1 linux\n");
        file = disk.image("plain.qcow2");
        archive.start();
    }

    private void serve(String path, byte[] content, Runnable then) {
        archive.createContext(path, exchange -> {
            exchange.sendResponseHeaders(200, content.length == 0 ? -1 : content.length);
            exchange.getResponseBody().write(content);
            exchange.close();
            then.run();
        });
    }

    private String address(String path) {
        return "http://" + HOST + ":" + archive.getAddress().getPort() + path;
    }

    private String installer() {
        return String.join(
                "\n",
                "set -e",
                "busybox wget -q -O " + PROGRAM + ".new " + address("/demo"),
                "busybox chmod 755 " + PROGRAM + ".new",
                "busybox mv " + PROGRAM + ".new " + PROGRAM,
                "busybox wget -q -O " + DemoDisk.SERVICES + ".new " + address("/services"),
                "busybox mv " + DemoDisk.SERVICES + ".new " + DemoDisk.SERVICES,
                "busybox sync",
                "busybox wget -q -O - " + address("/done"),
                "");
    }

    /** The image. */
    Path file() {
        return file;
    }

    /** What is typed at the guest's console to install the service; it may be typed again. */
    String installation() {
        String address = HOST + ":" + archive.getAddress().getPort() + "/install";
        return "cd /tmp; busybox wget " + address + "; sh install";
    }

    /** Whether the service is in the guest now. */
    boolean isInstalled() {
        return installed.getCount() == 0;
    }

    @Override
    public void close() {
        archive.stop(0);
    }
}
