package org.stasis.mounts;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveStructSparse;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.ns.UserIds;
import org.stasis.linux.Device;
import org.stasis.linux.Errno;
import org.stasis.linux.ExtendedAttributes;
import org.stasis.linux.Fd;
import org.stasis.linux.KernelString;
import org.stasis.linux.Names;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;

/**
 * Unpacks what {@link TmpfsPacker} or tar(1) packed into a fresh file system. The archive is not
 * trusted: no name leads out of the root, whatever links the archive makes.
 */
final class TmpfsUnpacker {
  private static final int BUFFER_BYTES = 64 << 10;
  private static final String BASE64_ATTRIBUTE = "LIBARCHIVE.xattr.";
  private static final String RAW_ATTRIBUTE = "SCHILY.xattr.";

  private final Fd root;
  private final TarArchiveInputStream tar;
  private final UserIds userIds;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private final List<Times> directories = new ArrayList<>();
  private final @Nullable Leftovers leftovers;

  /** When a directory was changed, to be set when nothing more is put into it. */
  private record Times(String path, Stat.Time modified) {}

  private TmpfsUnpacker(
      Fd root, TarArchiveInputStream tar, @Nullable Leftovers leftovers, UserIds userIds) {
    this.userIds = userIds;
    this.leftovers = leftovers;
    this.root = root;
    this.tar = tar;
  }

  /**
   * Unpacks an archive.
   *
   * @param from gzip-compressed tar
   * @param root where to, an empty directory
   * @param userIds of the tree, which the archive has
   * @throws IOException when the archive is bad, or a file cannot be made
   */
  static void unpack(InputStream from, Fd root, UserIds userIds) throws IOException {
    unpack(from, root, null, userIds);
  }

  /**
   * Unpacks an archive over what is there, which goes, device nodes excepted.
   *
   * @param from gzip-compressed tar
   * @param root where to; nothing is mounted below this mount of it
   * @param kept names that stay as they are: elsewhere something is mounted on them
   * @param userIds of the tree, which the archive has
   * @throws IOException when the archive is bad, or a file cannot be made
   */
  static void unpackOver(InputStream from, Fd root, Set<String> kept, UserIds userIds)
      throws IOException {
    Leftovers leftovers = new Leftovers(root, kept);
    unpack(from, root, leftovers, userIds);
    leftovers.remove();
  }

  private static void unpack(
      InputStream from, Fd root, @Nullable Leftovers leftovers, UserIds userIds)
      throws IOException {
    try (GZIPInputStream zip = new GZIPInputStream(from, BUFFER_BYTES);
        TarArchiveInputStream tar =
            new TarArchiveInputStream(zip, 20 * 512, 512, ISO_8859_1.name(), false)) {
      TmpfsUnpacker unpacker = new TmpfsUnpacker(root, tar, leftovers, userIds);
      unpacker.run();
      while (zip.read(unpacker.buffer) >= 0) {
        // what comes behind the last file has the checksum
      }
    }
  }

  private void run() throws IOException {
    for (TarArchiveEntry entry; (entry = tar.getNextEntry()) != null; ) {
      entry(entry);
    }
    for (Times each : directories.reversed()) {
      Names.changeTimes(root, each.path(), each.modified(), each.modified());
    }
  }

  private void entry(TarArchiveEntry entry) throws IOException {
    String path = relative(entry.getName());
    int slash = path.lastIndexOf('/');
    try (Fd parent = parent(slash < 0 ? "" : path.substring(0, slash))) {
      String name = path.isEmpty() ? "." : path.substring(slash + 1);
      if (leftovers != null && leftovers.stays(path, entry.isDirectory(), parent, name)) {
        return;
      }
      if (entry.isLink()) {
        link(entry, parent, name);
        return;
      }
      make(entry, parent, name, path);
      describe(entry, parent, name);
      Stat.Time modified = modified(entry);
      if (entry.isDirectory()) {
        directories.add(new Times(path.isEmpty() ? "." : path, modified));
      } else {
        Names.changeTimes(parent, name, modified, modified);
      }
    }
  }

  /** The name of an entry without what leads to the root. */
  private static String relative(String name) throws IOException {
    StringBuilder path = new StringBuilder();
    for (int start = 0; start <= name.length(); ) {
      int slash = name.indexOf('/', start);
      int end = slash < 0 ? name.length() : slash;
      String part = name.substring(start, end);
      if (part.equals("..")) {
        throw new IOException("the archive has a name that leads out of it: " + name);
      }
      if (!part.isEmpty() && !part.equals(".")) {
        path.append(path.isEmpty() ? "" : "/").append(part);
      }
      start = end + 1;
    }
    return KernelString.decode(path.toString().getBytes(ISO_8859_1)); // a letter was a byte
  }

  private Fd parent(String path) throws SyscallException {
    if (path.isEmpty()) {
      return root.duplicate();
    }
    try {
      return root.openAt2(
          path,
          Open.O_RDONLY | Open.O_DIRECTORY | Open.O_CLOEXEC,
          0,
          Open.RESOLVE_BENEATH | Open.RESOLVE_NO_SYMLINKS);
    } catch (SyscallException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
    int slash = path.lastIndexOf('/'); // an archive may leave directories out
    try (Fd above = parent(slash < 0 ? "" : path.substring(0, slash))) {
      Names.makeDirectory(above, path.substring(slash + 1), 0755);
    }
    return parent(path);
  }

  private void link(TarArchiveEntry entry, Fd parent, String name) throws IOException {
    String target = relative(entry.getLinkName());
    int slash = target.lastIndexOf('/');
    try (Fd there = parent(slash < 0 ? "" : target.substring(0, slash))) {
      Names.link(there, target.substring(slash + 1), parent, name, 0);
    }
  }

  private void make(TarArchiveEntry entry, Fd parent, String name, String path) throws IOException {
    if (entry.isDirectory()) {
      if (!path.isEmpty() && (leftovers == null || !leftovers.isDirectory(path))) {
        Names.makeDirectory(parent, name, 0700);
      }
    } else if (entry.isSymbolicLink()) {
      byte[] target = entry.getLinkName().getBytes(ISO_8859_1);
      Names.symlink(KernelString.decode(target), parent, name);
    } else if (entry.isFIFO()) {
      Names.makeNode(parent, name, Stat.S_IFIFO | 0600, Device.NONE);
    } else if (entry.isCharacterDevice() || entry.isBlockDevice()) {
      int type = entry.isBlockDevice() ? Stat.S_IFBLK : Stat.S_IFCHR;
      Device device = new Device(entry.getDevMajor(), entry.getDevMinor());
      Names.makeNode(parent, name, type | 0600, device);
    } else if (entry.isFile()) {
      file(entry, parent, name);
    } else {
      throw new IOException(
          "the archive's entry " + entry.getName() + " is of a type that is not known");
    }
  }

  private void describe(TarArchiveEntry entry, Fd parent, String name) throws IOException {
    int uid = userIds.userOutside((int) entry.getLongUserId());
    int gid = userIds.groupOutside((int) entry.getLongGroupId());
    Names.changeOwner(parent, name, uid, gid, Open.AT_SYMLINK_NOFOLLOW);
    if (!entry.isSymbolicLink()) {
      Names.changeMode(parent, name, entry.getMode() & 07777); // a new owner drops set-user-ID
    }
    Map<String, String> records = entry.getExtraPaxHeaders();
    for (Map.Entry<String, String> record : records.entrySet()) {
      String key = record.getKey();
      if (key.startsWith(BASE64_ATTRIBUTE)) {
        String attribute = key.substring(BASE64_ATTRIBUTE.length());
        byte[] value = base64(record.getValue(), entry);
        ExtendedAttributes.set(parent, name, attribute, value);
      } else if (key.startsWith(RAW_ATTRIBUTE)) {
        String attribute = key.substring(RAW_ATTRIBUTE.length());
        if (!records.containsKey(BASE64_ATTRIBUTE + attribute)) {
          ExtendedAttributes.set(parent, name, attribute, record.getValue().getBytes(UTF_8));
        }
      }
    }
  }

  private static byte[] base64(String value, TarArchiveEntry entry) throws IOException {
    try {
      return Base64.getDecoder().decode(value);
    } catch (IllegalArgumentException e) {
      throw new IOException("the archive has a bad attribute of " + entry.getName(), e);
    }
  }

  private static Stat.Time modified(TarArchiveEntry entry) {
    @Nullable FileTime time = entry.getLastModifiedTime();
    Instant instant = time == null ? Instant.EPOCH : time.toInstant();
    return new Stat.Time(instant.getEpochSecond(), instant.getNano());
  }

  private void file(TarArchiveEntry entry, Fd parent, String name) throws IOException {
    int flags = Open.O_WRONLY | Open.O_CREAT | Open.O_EXCL | Open.O_NOFOLLOW | Open.O_CLOEXEC;
    try (Fd file = parent.openAt(name, flags, 0600)) {
      if (entry.isSparse()) {
        long at = 0;
        for (TarArchiveStructSparse stretch : entry.getOrderedSparseHeaders()) {
          tar.skipNBytes(stretch.getOffset() - at);
          copy(file, stretch.getOffset(), stretch.getNumbytes());
          at = stretch.getOffset() + stretch.getNumbytes();
        }
        file.truncate(entry.getRealSize());
      } else {
        copy(file, 0, entry.getSize());
      }
    }
  }

  private void copy(Fd file, long offset, long length) throws IOException {
    file.seek(offset, 0);
    for (long done = 0; done < length; ) {
      int read = tar.read(buffer, 0, (int) Math.min(buffer.length, length - done));
      if (read <= 0) {
        throw new IOException("the archive ends within a file");
      }
      for (int written = 0; written < read; ) {
        written += file.write(buffer, written, read - written);
      }
      done += read;
    }
  }
}
