package org.kdcloudlet.server.app;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import net.dongliu.apk.parser.AbstractApkFile;
import net.dongliu.apk.parser.bean.ApkMeta;
import net.dongliu.apk.parser.bean.ApkSignStatus;
import net.dongliu.apk.parser.bean.Icon;

/**
 * Reads what an Android package says of itself. The archive is held to {@link ApkArchive}'s rules; manifest and resources are
 * decoded by the library apk-parser, which trusts the counts and references that it finds. So this belongs into a process that
 * can be ended and has little memory: see {@link ApkInspection}.
 */
final class ApkReader {
    private static final String MANIFEST = "AndroidManifest.xml";
    private static final String RESOURCES = "resources.arsc";
    private static final int MAX_MANIFEST = 1 << 20;
    private static final int MAX_RESOURCES = 32 << 20;
    private static final int MAX_ICON = 256 * 1024;
    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    /** What was found in a package; the picture is PNG or WebP. */
    record Found(PackageDetails details, Optional<byte[]> icon) {}

    private ApkReader() {}

    /**
     * @throws ApkException when it is no package, or breaks a limit
     * @throws IOException when the file cannot be read
     */
    static Found read(Path file) throws ApkException, IOException {
        try (ApkArchive archive = ApkArchive.open(file);
                Apk apk = new Apk(archive)) {
            if (archive.read(MANIFEST, MAX_MANIFEST).isEmpty()) {
                throw new ApkException("it has no " + MANIFEST);
            }
            ApkMeta meta = apk.getApkMeta();
            if (meta == null || meta.getPackageName() == null) {
                throw new ApkException("its " + MANIFEST + " does not name a package");
            }
            return new Found(details(meta), icon(apk));
        } catch (TooMuchException e) {
            throw e.reason;
        } catch (IllegalArgumentException e) {
            throw new ApkException(String.valueOf(e.getMessage()), e);
        } catch (RuntimeException | StackOverflowError e) {
            throw new ApkException("its " + MANIFEST + " or " + RESOURCES + " is damaged", e);
        } catch (OutOfMemoryError e) {
            throw new ApkException(
                    "its " + MANIFEST + " or " + RESOURCES + " needs more memory than is given to it", e);
        }
    }

    private static PackageDetails details(ApkMeta meta) {
        long code = meta.getVersionCode() == null ? 0 : meta.getVersionCode();
        String version = meta.getVersionName() == null ? Long.toString(code) : meta.getVersionName();
        // Without a level, Android takes 1 (developer.android.com, "uses-sdk").
        String level = meta.getMinSdkVersion() == null ? "1" : meta.getMinSdkVersion();
        String label = meta.getLabel() == null || meta.getLabel().isBlank() ? meta.getPackageName() : meta.getLabel();
        return new PackageDetails(meta.getPackageName(), label, version, code, AndroidVersions.of(level));
    }

    /** The sharpest picture that is not too large. */
    private static Optional<byte[]> icon(Apk apk) throws IOException {
        return apk.getAllIcons().stream()
                .filter(Icon.class::isInstance)
                .map(Icon.class::cast)
                .filter(icon -> icon.getData() != null && isPicture(icon.getData()))
                .max(Comparator.comparingInt(Icon::getDensity))
                .map(Icon::getData);
    }

    private static boolean isPicture(byte[] bytes) {
        return pictureType(bytes).isPresent();
    }

    /** The media type of a picture by its first bytes, if it is one that is taken. */
    static Optional<String> pictureType(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        if (bytes.length > PNG.length && buffer.slice(0, PNG.length).equals(ByteBuffer.wrap(PNG))) {
            return Optional.of("image/png");
        }
        // RIFF, length, WEBP: developers.google.com/speed/webp/docs/riff_container
        boolean webp = bytes.length > 12 && buffer.getInt(0) == 0x52494646 && buffer.getInt(8) == 0x57454250;
        return webp ? Optional.of("image/webp") : Optional.empty();
    }

    /** Carries a broken limit through the library, which only knows its own errors. */
    private static final class TooMuchException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient ApkException reason;

        TooMuchException(ApkException reason) {
            super(reason);
            this.reason = reason;
        }
    }

    /** Gives the library the two entries that it decodes. */
    private static final class Apk extends AbstractApkFile {
        private final ApkArchive archive;

        Apk(ApkArchive archive) {
            this.archive = archive;
            setPreferredLocale(Locale.US);
        }

        @Override
        public byte[] getFileData(String path) throws IOException {
            try {
                return switch (path) {
                    case MANIFEST -> archive.read(path, MAX_MANIFEST).orElse(null);
                    case RESOURCES -> archive.read(path, MAX_RESOURCES).orElse(null);
                    default -> icon(path);
                };
            } catch (ApkException e) {
                throw new TooMuchException(e);
            }
        }

        private byte[] icon(String path) throws IOException {
            try {
                return archive.read(path, MAX_ICON).orElse(null);
            } catch (ApkException noPictureForUs) {
                return null;
            }
        }

        @Override
        protected List<CertificateFile> getAllCertificateData() {
            throw new UnsupportedOperationException("Signatures are checked by the device that installs the package");
        }

        @Override
        protected ByteBuffer fileData() {
            throw new UnsupportedOperationException("Signatures are checked by the device that installs the package");
        }

        @SuppressWarnings("deprecation") // abstract, though deprecated
        @Override
        public ApkSignStatus verifyApk() {
            throw new UnsupportedOperationException("Signatures are checked by the device that installs the package");
        }
    }
}
