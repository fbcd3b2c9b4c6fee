package org.kdcloudlet.server.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Makes real, signed Android packages from {@code src/test/apk} with Debian's aapt, zipalign and apksigner. The key is made
 * anew for each folder.
 */
public final class TestApk {
    private static final String FRAMEWORK = "/usr/share/android-framework-res/framework-res.apk";
    private static final String PASSWORD = "for-tests";
    private static final long DEADLINE_SECONDS = 120;

    private final Path folder;
    private final Path key;

    /** @param folder for what is made; emptied by the caller */
    public TestApk(Path folder) {
        this.folder = folder;
        this.key = folder.resolve("key.p12");
        run(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keystore",
                key.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-alias",
                "test",
                "-keyalg",
                "RSA",
                "-dname",
                "CN=Test",
                "-validity",
                "10"));
    }

    /** A package, named after its version. */
    public Path make(String packageName, int versionCode, String versionName) {
        Path unaligned = folder.resolve("unaligned.apk");
        Path made = folder.resolve(packageName + "-" + versionCode + ".apk");
        Path sources = Path.of(System.getProperty("cloudlet.project")).resolve("server/src/test/apk");
        run(List.of(
                "aapt",
                "package",
                "-f",
                "-F",
                unaligned.toString(),
                "-I",
                FRAMEWORK,
                "-M",
                sources.resolve("AndroidManifest.xml").toString(),
                "-S",
                sources.resolve("res").toString(),
                "--rename-manifest-package",
                packageName,
                "--min-sdk-version",
                "16",
                "--target-sdk-version",
                "29",
                "--version-code",
                Integer.toString(versionCode),
                "--version-name",
                versionName));
        run(List.of("zipalign", "-f", "4", unaligned.toString(), made.toString()));
        run(List.of(
                "apksigner",
                "sign",
                "--ks",
                key.toString(),
                "--ks-type",
                "PKCS12",
                "--ks-pass",
                "pass:" + PASSWORD,
                made.toString()));
        return made;
    }

    private void run(List<String> command) {
        try {
            Path output = folder.resolve("output");
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IllegalStateException(
                        command.get(0) + " failed: " + Files.readString(output, StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
