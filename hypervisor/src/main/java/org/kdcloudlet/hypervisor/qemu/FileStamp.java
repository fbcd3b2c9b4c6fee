package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What tells whether a file was changed. The kernel sets the time of change to the current one whenever content, owner, mode or
 * number of names of a file change, and nobody but the system's administrator can set it to another.
 *
 * @param name the file's name in its folder
 * @param inode number of the file in its file system
 * @param modified time of the last change of the content (mtime), nanoseconds since 1970
 * @param changed time of the last change of anything (ctime), nanoseconds since 1970
 */
record FileStamp(String name, long inode, long bytes, long modified, long changed) {
    static FileStamp of(Path file) throws IOException {
        Map<String, Object> attributes =
                Files.readAttributes(file, "unix:ino,size,lastModifiedTime,ctime", LinkOption.NOFOLLOW_LINKS);
        return new FileStamp(
                file.getFileName().toString(),
                (Long) attributes.get("ino"),
                (Long) attributes.get("size"),
                ((FileTime) attributes.get("lastModifiedTime")).to(TimeUnit.NANOSECONDS),
                ((FileTime) attributes.get("ctime")).to(TimeUnit.NANOSECONDS));
    }

    /** Whether the content is the same, for files that get more names and so change otherwise. */
    boolean hasContentOf(FileStamp other) {
        return name.equals(other.name) && inode == other.inode && bytes == other.bytes && modified == other.modified;
    }
}
