package org.kdcloudlet.server.archive;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.kdcloudlet.server.error.CloudletException;

/**
 * The members of a tar archive from elsewhere: ordinary files at its root, each once, up to a number, with headers of bounded length and
 * nothing behind the end. Whatever else there is ends the reading with a refusal. Memory does not grow with the archive.
 */
public final class TarMembers {
    /** All headers of one member together: the library keeps long names and extended headers in memory, however long they are. */
    private static final int MAX_HEADERS = 1 << 20;
    /** What tar programs put behind the end of an archive, at most. */
    private static final int MAX_PADDING = 1 << 20;

    private static final int LONGEST_NAME = 255;

    private final InputStream plain;
    private final MeteredInputStream metered;
    private final TarArchiveInputStream tar;
    private final int maxMembers;
    private final Function<String, CloudletException> invalid;
    private final Set<String> names = new HashSet<>();
    private String name = "";

    /**
     * @param plain the archive, not compressed any more
     * @param invalid the refusal for a reason
     */
    public TarMembers(InputStream plain, int maxMembers, Function<String, CloudletException> invalid) {
        this.plain = plain;
        this.metered = new MeteredInputStream(plain);
        this.tar = new TarArchiveInputStream(metered);
        this.maxMembers = maxMembers;
        this.invalid = invalid;
    }

    /**
     * The header of the next member; empty when there is none.
     *
     * @throws CloudletException the refusal, when it is not what an archive may have
     * @throws IOException when the archive is damaged or ends too early
     */
    public Optional<TarArchiveEntry> next() throws IOException {
        TarArchiveEntry entry = header();
        if (entry != null && entry.getName().equals("./") && entry.isDirectory()) {
            entry = header();
        }
        if (entry == null) {
            return Optional.empty();
        }
        name = plainName(entry);
        if (!names.add(name) || names.size() > maxMembers) {
            throw invalid.apply("it has a member twice, or too many of them");
        }
        return Optional.of(entry);
    }

    private TarArchiveEntry header() throws IOException {
        metered.allow(MAX_HEADERS);
        TarArchiveEntry entry = tar.getNextEntry();
        metered.allow(Long.MAX_VALUE);
        return entry;
    }

    private String plainName(TarArchiveEntry entry) {
        String plainName = entry.getName().startsWith("./") ? entry.getName().substring(2) : entry.getName();
        boolean file = entry.getLinkFlag() == TarConstants.LF_NORMAL || entry.getLinkFlag() == TarConstants.LF_OLDNORM;
        if (!file || entry.isDirectory() || entry.isSparse()) {
            throw invalid.apply("it has a member that is not an ordinary file");
        }
        boolean atRoot = !plainName.isEmpty()
                && plainName.length() <= LONGEST_NAME
                && plainName.indexOf('/') < 0
                && plainName.indexOf('\\') < 0
                && plainName.chars().noneMatch(Character::isISOControl);
        if (!atRoot) {
            throw invalid.apply("it has a member whose name leads elsewhere");
        }
        return plainName;
    }

    /** The name of the present member, without a folder. */
    public String name() {
        return name;
    }

    /** The content of the present member; not to be closed. */
    public InputStream content() {
        return tar;
    }

    /**
     * Reads what follows the last member.
     *
     * @throws CloudletException the refusal, when that is more than padding
     */
    public void end() throws IOException {
        if (plain.readNBytes(MAX_PADDING).length == MAX_PADDING && plain.read() >= 0) {
            throw invalid.apply("something follows the end of its archive");
        }
    }
}
