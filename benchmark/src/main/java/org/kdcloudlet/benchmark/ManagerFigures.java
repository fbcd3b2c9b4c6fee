package org.kdcloudlet.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * {@code export.2gb} and {@code import.2gb}: a service with a disk image of so much content written to and read from a package,
 * beside {@code tar} and {@code gzip -1} in a pipe on the same disk, both with what they wrote synced. An import is timed until its guest would be
 * booted. {@code manager.growth}: how much the server's memory grew over that.
 */
final class ManagerFigures {
    private static final String ID = "org.example.large";
    private static final String PACKAGE = ID + "-1.csvm";
    private static final double LIMIT = 1.3;
    private static final double GROWTH_MIB = 64;
    private static final int BLOCK = 64 * 1024;

    private final Settings settings;
    private final Report report;
    private final long bytes;
    private final Path folder;
    private final Path packages;
    private final List<Double> growth = new ArrayList<>();

    ManagerFigures(Settings settings, Report report, int sizeMib) throws IOException {
        this.settings = settings;
        this.report = report;
        this.bytes = (long) sizeMib << 20;
        this.folder = Files.createDirectories(settings.folder().resolve("manager"));
        this.packages = Files.createDirectories(folder.resolve("packages"));
    }

    void run() throws IOException, InterruptedException {
        Path image = makeImage();
        Path data = folder.resolve("data");
        String configuration = ServerProcess.NO_LIMITS + "[packages]\nimport-folder = \"" + packages
                + "\"\nexport-folder = \"" + packages + "\"\n";
        try (ServerProcess server = ServerProcess.cloudlet(settings, data, configuration);
                AdminSocket admin = new AdminSocket(data.resolve("cloudlet.sock"))) {
            addService(admin, image);
            double before = server.residentMib();
            export(server, admin, image, before);
            admin.delete("/v1/services/" + ID + "?force=true");
            importBack(server, admin, data, before);
        }
        List<Double> allowed = Collections.nCopies(growth.size(), GROWTH_MIB);
        report.add(Figure.atMost("manager.growth", "MiB", Collections::max, growth, allowed, 1));
    }

    /** Half of it packs well, half of it does not, as with disks of real guests. */
    private Path makeImage() throws IOException, InterruptedException {
        Path raw = folder.resolve("disk.raw");
        Random random = new Random(7);
        byte[] noise = new byte[BLOCK];
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(raw), 1 << 20)) {
            for (long written = 0; written < bytes; written += 2 * BLOCK) {
                random.nextBytes(noise);
                out.write(noise);
                out.write(words(random));
            }
        }
        Path qcow2 = folder.resolve("disk.qcow2");
        Pipe.run(List.of("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw.toString(), qcow2.toString()));
        Files.delete(raw);
        return qcow2;
    }

    private static byte[] words(Random random) {
        StringBuilder text = new StringBuilder(BLOCK + 16);
        while (text.length() < BLOCK) {
            text.append("word").append(random.nextInt(10_000)).append(' ');
        }
        return text.substring(0, BLOCK).getBytes(StandardCharsets.US_ASCII);
    }

    private static void addService(AdminSocket admin, Path image) throws IOException {
        admin.post(
                "/v1/services",
                "{\"service_id\": \"" + ID + "\", \"ports\": [{\"port\": 8080}], \"cloned\": false, \"pool_size\": 0}");
        admin.awaitEnd(admin.upload("/v1/services/" + ID + "/images?format=qcow2", image));
    }

    private void export(ServerProcess server, AdminSocket admin, Path image, double before)
            throws IOException, InterruptedException {
        List<Double> samples = new ArrayList<>();
        List<Double> floors = new ArrayList<>();
        Path bare = folder.resolve("bare.csvm");
        for (int i = 0; i < settings.samples(); i++) {
            Files.deleteIfExists(packages.resolve(PACKAGE));
            long began = System.nanoTime();
            admin.awaitEnd(admin.post("/v1/services/" + ID + "/export", ""));
            samples.add(secondsSince(began));
            growth.add(server.residentMib() - before);
            Files.deleteIfExists(bare);
            floors.add(Pipe.into(
                    bare,
                    List.of(
                            "tar",
                            "-c",
                            "-C",
                            folder.toString(),
                            image.getFileName().toString()),
                    List.of("gzip", "-1")));
        }
        Files.delete(bare);
        report.add(Figure.atMost("export.2gb", "s", Statistics::median, samples, floors, LIMIT));
    }

    private void importBack(ServerProcess server, AdminSocket admin, Path data, double before)
            throws IOException, InterruptedException {
        List<Double> samples = new ArrayList<>();
        List<Double> floors = new ArrayList<>();
        Path unpacked = Files.createDirectories(folder.resolve("unpacked"));
        for (int i = 0; i < settings.samples(); i++) {
            admin.awaitEmpty(data.resolve("images"));
            long began = System.nanoTime();
            JsonNode operation = admin.post("/v1/packages/" + PACKAGE + "/import", "");
            admin.awaitStep(operation, "boot");
            samples.add(secondsSince(began));
            growth.add(server.residentMib() - before);
            admin.cancel(operation);
            floors.add(Pipe.from(
                    packages.resolve(PACKAGE),
                    unpacked.resolve(ID + ".qcow2"),
                    List.of("gzip", "-dc"),
                    List.of("tar", "-x", "-C", unpacked.toString())));
        }
        report.add(Figure.atMost("import.2gb", "s", Statistics::median, samples, floors, LIMIT));
    }

    private static double secondsSince(long began) {
        return (System.nanoTime() - began) / 1e9;
    }
}
