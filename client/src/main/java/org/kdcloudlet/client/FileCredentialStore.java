package org.kdcloudlet.client;

import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Keeps keys in files, as the stock client does (spec/credentials-and-pairing.md): in a folder for each cloudlet, named like
 * it, the file {@code device.key}. Folders are for their owner alone (0700), files too (0600). A new key is written beside the
 * old one and then put in its place, so that a crash leaves one or the other.
 */
public final class FileCredentialStore implements CredentialStore {
    private static final String FILE = "device.key";
    private static final int LONGEST_KEY = 64 * 1024;
    /** A name that can be a folder's and leads nowhere else. */
    private static final Pattern NAME = Pattern.compile("(?!\\.)[^\\p{Cntrl}/\\\\:*?\"<>|]{1,63}");

    private final File folder;

    /**
     * A store in a folder, which is made when the first key is kept.
     *
     * @param folder where the folders of the cloudlets are; private to the app
     */
    public FileCredentialStore(File folder) {
        this.folder = folder;
    }

    @Override
    public Optional<String> deviceKey(String cloudletName) {
        File file = file(cloudletName);
        if (!file.exists()) {
            return Optional.empty();
        }
        try (InputStream in = new FileInputStream(file)) {
            byte[] bytes = new byte[LONGEST_KEY];
            int length = 0;
            for (int count = in.read(bytes); count > 0; count = in.read(bytes, length, LONGEST_KEY - length)) {
                length += count;
            }
            String key = new String(bytes, 0, length, StandardCharsets.UTF_8).trim();
            if (key.isEmpty() || length == LONGEST_KEY) {
                throw new CredentialException("The file " + file + " holds no key. Pair the device again.", null);
            }
            return Optional.of(key);
        } catch (IOException e) {
            throw new CredentialException("The key in " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public synchronized void putDeviceKey(String cloudletName, String deviceKey) {
        File file = file(cloudletName);
        File fresh = new File(file.getParentFile(), FILE + ".new");
        try {
            makePrivate(folder);
            makePrivate(file.getParentFile());
            if (!fresh.delete() && fresh.exists()) {
                throw new IOException(fresh + " is in the way");
            }
            if (!fresh.createNewFile()) {
                throw new IOException(fresh + " is in the way");
            }
            forOwnerAlone(fresh, false);
            try (FileOutputStream out = new FileOutputStream(fresh)) {
                OutputStream all = out;
                all.write(deviceKey.getBytes(StandardCharsets.UTF_8));
                out.getFD().sync();
            }
            if (!fresh.renameTo(file)) {
                throw new IOException(fresh + " cannot be renamed");
            }
        } catch (IOException e) {
            throw new CredentialException("The key for " + cloudletName + " cannot be kept: " + e.getMessage(), e);
        }
    }

    private static void makePrivate(File directory) throws IOException {
        if (!directory.isDirectory()) {
            if (!directory.mkdirs() && !directory.isDirectory()) {
                throw new IOException(directory + " cannot be made");
            }
            forOwnerAlone(directory, true);
        }
    }

    /** Before anything is in it. */
    private static void forOwnerAlone(File file, boolean directory) throws IOException {
        boolean done = file.setReadable(false, false)
                && file.setWritable(false, false)
                && file.setExecutable(false, false)
                && file.setReadable(true, true)
                && file.setWritable(true, true)
                && (!directory || file.setExecutable(true, true));
        if (!done) {
            throw new IOException("the rights of " + file + " cannot be set");
        }
    }

    private File file(String cloudletName) {
        if (!NAME.matcher(cloudletName).matches()) {
            throw new CredentialException(
                    "A cloudlet of this name cannot have a credential: it is no file name.", null);
        }
        return new File(new File(folder, cloudletName), FILE);
    }
}
