package org.kdcloudlet.benchmark.floor;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;

/**
 * The floor of every start: QEMU driven by the shortest path that gives a Service VM as good as the server's - a clone of a
 * template, with time and identity corrected through the identity port, whose service has answered. No privileges are
 * dropped, nothing is recorded, nothing is limited. As each of the server's machines, each is a session of its own: where the kernel
 * shares processors out by session (sched_autogroup), a machine in the session of a busy benchmark gets another share of them, so that
 * the two would not be comparable.
 */
public final class BareQemu implements AutoCloseable {
    private static final String CAPABILITIES =
            "{\"capabilities\": [{\"capability\": \"x-ignore-shared\", \"state\": true},"
                    + " {\"capability\": \"events\", \"state\": true}]}";

    private static final int LONGEST_MINUTES = 60;
    /** Much for a boot, but the machine may have other things to do. */
    private static final int ANSWER_MINUTES = 15;

    private final Path image;
    private final Path folder;
    private final Guest guest;
    private final AtomicInteger count = new AtomicInteger();

    /**
     * What runs.
     *
     * @param memoryMib memory of each machine, in MiB
     * @param port TCP port of the service inside
     * @param answers asks the service, at a port of this host, and says whether it answered
     */
    public record Guest(int memoryMib, int port, IntPredicate answers) {
        /** The demo guest: {@code GET /} is 200. */
        static final Guest DEMO = new Guest(256, 8080, BareQemu::answersHttp);
    }

    /** Machines of {@code image}, the demo guest, with their files in {@code folder}. */
    public BareQemu(Path image, Path folder) throws IOException {
        this(image, folder, Guest.DEMO);
    }

    /** Machines of {@code image}, with their files in {@code folder}. */
    public BareQemu(Path image, Path folder, Guest guest) throws IOException {
        this.guest = guest;
        this.image = image.toAbsolutePath();
        this.folder = Files.createDirectories(folder).toAbsolutePath();
    }

    /** Boots the image and makes the template of it that clones need. */
    public void makeTemplate() throws IOException, InterruptedException {
        overlay(image, templateDisk());
        overlay(templateDisk(), emptyOverlay());
        try (Instance instance = started(launch("on", templateDisk(), List.of()), Instance::awaitAnswer)) {
            for (int warmUp = 0; warmUp < 5; warmUp++) {
                instance.awaitAnswer();
            }
            instance.correct();
            instance.correct();
            instance.qmp.command("stop");
            instance.qmp.command("migrate-set-capabilities", CAPABILITIES);
            instance.qmp.command("migrate-set-parameters", "{\"max-bandwidth\": 10000000000}");
            instance.qmp.command("migrate", "{\"uri\": \"exec:cat > " + folder.resolve("state") + "\"}");
            instance.qmp.awaitMigration();
        }
    }

    /** Starts a clone, corrects it, and returns when its service has answered. */
    public Instance startClone() throws IOException, InterruptedException {
        Path disk = folder.resolve("clone-" + count.incrementAndGet() + ".qcow2");
        Files.copy(emptyOverlay(), disk, StandardCopyOption.REPLACE_EXISTING);
        return started(launch("off", disk, List.of("-incoming", "defer")), instance -> {
            instance.qmp.command("migrate-set-capabilities", CAPABILITIES);
            instance.qmp.command("migrate-incoming", "{\"uri\": \"exec:cat " + folder.resolve("state") + "\"}");
            instance.qmp.awaitMigration();
            instance.qmp.command("cont");
            instance.correct();
            instance.awaitAnswer();
        });
    }

    /** Boots the image into a new overlay and returns when its service has answered. */
    public Instance startCold() throws IOException, InterruptedException {
        Path disk = folder.resolve("cold-" + count.incrementAndGet() + ".qcow2");
        overlay(image, disk);
        return started(launch("none", disk, List.of()), Instance::awaitAnswer);
    }

    /** What is done with a machine before it counts as started. */
    private interface Step {
        void run(Instance instance) throws IOException, InterruptedException;
    }

    private static Instance started(Instance instance, Step step) throws IOException, InterruptedException {
        try {
            step.run(instance);
            return instance;
        } catch (IOException | InterruptedException | RuntimeException e) {
            instance.close();
            throw e;
        }
    }

    private Instance launch(String share, Path disk, List<String> more) throws IOException {
        int number = count.incrementAndGet();
        int port = freePort();
        Path qmp = folder.resolve("q" + number);
        Path agent = folder.resolve("a" + number);
        Path identity = folder.resolve("i" + number);
        List<String> command = new ArrayList<>(List.of("setsid", "qemu-system-x86_64", "-nodefaults"));
        command.addAll(List.of("-display", "none"));
        command.addAll(
                List.of("-accel", "tcg,thread=multi", "-cpu", "max", "-m", guest.memoryMib() + "M", "-smp", "1"));
        if (share.equals("none")) {
            command.addAll(List.of("-machine", "q35"));
        } else {
            command.addAll(List.of("-machine", "q35,memory-backend=mem", "-object"));
            command.add("memory-backend-file,id=mem,size=" + guest.memoryMib() + "M,share=" + share + ",mem-path="
                    + folder.resolve("mem"));
        }
        command.addAll(List.of("-drive", "if=virtio,format=qcow2,file=" + disk));
        command.addAll(List.of("-netdev", "user,id=n,restrict=on,hostfwd=tcp:127.0.0.1:" + port + "-:" + guest.port()));
        command.addAll(List.of("-device", "virtio-net-pci,netdev=n", "-device", "virtio-rng-pci"));
        command.addAll(
                List.of("-device", "vmgenid,guid=auto", "-vga", "std", "-vnc", "unix:" + folder.resolve("v" + number)));
        command.addAll(
                List.of("-chardev", "socket,id=a,server=on,wait=off,path=" + agent, "-device", "virtio-serial-pci"));
        command.addAll(List.of("-device", "virtserialport,chardev=a,name=org.qemu.guest_agent.0"));
        command.addAll(List.of("-chardev", "socket,id=i,server=on,wait=off,path=" + identity));
        command.addAll(List.of("-device", "virtserialport,chardev=i,name=org.kdcloudlet.identity.0"));
        command.addAll(List.of("-qmp", "unix:" + qmp + ",server=on,wait=off"));
        command.addAll(more);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log" + number).toFile())
                .start();
        // A machine that hangs must not hang the benchmark: without its process every socket reports its end.
        CompletableFuture.delayedExecutor(LONGEST_MINUTES, TimeUnit.MINUTES).execute(process::destroyForcibly);
        try {
            return new Instance(
                    process,
                    port,
                    guest.answers(),
                    JsonSocket.connect(qmp),
                    JsonSocket.connect(agent),
                    JsonSocket.connect(identity));
        } catch (IOException | RuntimeException e) {
            end(process);
            throw e;
        }
    }

    private static void end(Process process) {
        process.destroyForcibly().onExit().join();
    }

    private static void overlay(Path backing, Path disk) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        "qemu-img",
                        "create",
                        "-q",
                        "-f",
                        "qcow2",
                        "-F",
                        "qcow2",
                        "-b",
                        backing.toString(),
                        disk.toString())
                .inheritIO()
                .start();
        if (process.waitFor() != 0) {
            throw new IOException("qemu-img create failed for " + disk);
        }
    }

    private static boolean answersHttp(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
            socket.setSoTimeout(1000);
            socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            byte[] head = socket.getInputStream().readNBytes(12);
            return new String(head, StandardCharsets.US_ASCII).endsWith(" 200");
        } catch (IOException notYet) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private Path templateDisk() {
        return folder.resolve("template.qcow2");
    }

    private Path emptyOverlay() {
        return folder.resolve("empty.qcow2");
    }

    @Override
    public void close() throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    /** A machine that runs. */
    public static final class Instance implements AutoCloseable {
        private final Process process;
        private final int port;
        private final IntPredicate answers;
        private final JsonSocket qmp;
        // Only held open, as the server does.
        private final JsonSocket agent;
        private final JsonSocket identity;

        Instance(Process process, int port, IntPredicate answers, JsonSocket qmp, JsonSocket agent, JsonSocket identity)
                throws IOException {
            this.process = process;
            this.port = port;
            this.answers = answers;
            this.qmp = qmp;
            this.agent = agent;
            this.identity = identity;
            qmp.command("qmp_capabilities");
        }

        /** One line to the guest's identity service: clock, host name, machine id, MAC address, entropy. */
        private void correct() throws IOException {
            long now = System.currentTimeMillis();
            String answer = identity.ask(String.format(
                    "\nidentity time=%d.%09d hostname=bare-%d machine-id=%032x mac=52:54:00:00:%02x:%02x entropy=%s\n",
                    now / 1000, now % 1000 * 1_000_000, port, port, port >> 8, port & 255, "00".repeat(64)));
            if (!answer.equals("ok")) {
                throw new IOException("the identity service answered: " + answer);
            }
        }

        /** Asks {@code GET /} until it answers. */
        void awaitAnswer() throws IOException {
            long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(ANSWER_MINUTES);
            while (!answers.test(port)) {
                if (System.nanoTime() > deadline || !process.isAlive()) {
                    throw new IOException("the service did not answer");
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
            }
        }

        public int port() {
            return port;
        }

        @Override
        public void close() throws IOException {
            end(process);
            qmp.close();
            agent.close();
            identity.close();
        }
    }
}
