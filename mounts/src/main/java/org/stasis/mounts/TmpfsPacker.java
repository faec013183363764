package org.stasis.mounts;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.stasis.engine.ns.UserIds;
import org.stasis.linux.Directory;
import org.stasis.linux.Errno;
import org.stasis.linux.ExtendedAttributes;
import org.stasis.linux.Fd;
import org.stasis.linux.KernelString;
import org.stasis.linux.Names;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;

/**
 * Packs what a file system holds: a gzip-compressed tar of its root, names beginning with {@code
 * ./}.
 *
 * <p>Names are bytes. Files with holes are written as pax(1) says, version 1.0: a list of the
 * stretches of data, in decimal lines padded to 512 bytes, then the data. Extended attributes are
 * written twice: as they are, for tar(1), and in base 64, since not every reader of the former
 * keeps bytes that are no text. Sockets are left out: who is bound to one makes it.
 */
final class TmpfsPacker {
  private static final int BLOCK = 512;
  private static final int BUFFER_BYTES = 64 << 10;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;
  private static final int READ_DIRECTORY =
      Open.O_RDONLY | Open.O_DIRECTORY | Open.O_NOFOLLOW | Open.O_CLOEXEC;
  private static final int READ_FILE =
      Open.O_RDONLY | Open.O_NOFOLLOW | Open.O_NOATIME | Open.O_CLOEXEC;

  private final TarArchiveOutputStream tar;
  private final UserIds userIds;
  private final Map<Long, String> namesByInode = new HashMap<>();
  private final byte[] buffer = new byte[BUFFER_BYTES];

  private TmpfsPacker(TarArchiveOutputStream tar, UserIds userIds) {
    this.userIds = userIds;
    this.tar = tar;
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU); // keeps bytes, unlike pax's UTF-8
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_STAR);
  }

  /**
   * Packs a file system.
   *
   * @param root its root directory, nothing mounted on it or below
   * @param to takes the archive; stays open
   * @param userIds of the tree, which the archive has
   * @throws IOException when something cannot be read or written
   */
  static void pack(Fd root, OutputStream to, UserIds userIds) throws IOException {
    GZIPOutputStream zip =
        new GZIPOutputStream(to, BUFFER_BYTES) {
          {
            def.setLevel(Deflater.BEST_SPEED); // the tree stands still meanwhile
          }
        };
    TarArchiveOutputStream tar =
        new TarArchiveOutputStream(zip, 20 * BLOCK, ISO_8859_1.name()); // a letter is a byte
    TmpfsPacker packer = new TmpfsPacker(tar, userIds);
    try (Fd directory = root.openAt(".", READ_DIRECTORY, 0)) {
      packer.directory(directory, ".", "./", directory.stat());
    }
    tar.finish();
    tar.flush();
    zip.finish();
  }

  private void directory(Fd directory, String name, String path, Stat stat) throws IOException {
    put(entry(path, TarConstants.LF_DIR, stat), attributes(directory, name, stat));
    tar.closeArchiveEntry();
    for (Directory.Entry each : Directory.list(directory)) {
      Stat status = Stat.ofLink(directory, each.name());
      String below = path + bytesOf(each.name());
      if (status.type() == Stat.S_IFDIR) {
        try (Fd down = directory.openAt(each.name(), READ_DIRECTORY, 0)) {
          directory(down, ".", below + "/", status);
        }
      } else if (status.type() != Stat.S_IFSOCK) {
        leaf(directory, each.name(), below, status);
      }
    }
  }

  /** A name as tar keeps it: one letter for each byte. */
  private static String bytesOf(String name) {
    return new String(KernelString.encode(name), ISO_8859_1);
  }

  private void leaf(Fd directory, String name, String path, Stat stat) throws IOException {
    if (stat.links() > 1) {
      String first = namesByInode.putIfAbsent(stat.inode(), path);
      if (first != null) {
        TarArchiveEntry link = entry(path, TarConstants.LF_LINK, stat);
        link.setLinkName(first);
        put(link, new PaxRecords());
        tar.closeArchiveEntry();
        return;
      }
    }
    PaxRecords records = attributes(directory, name, stat);
    if (stat.type() == Stat.S_IFREG) {
      file(directory, name, path, stat, records);
      return;
    }
    TarArchiveEntry entry = entry(path, typeFlag(stat), stat);
    if (stat.type() == Stat.S_IFLNK) {
      entry.setLinkName(bytesOf(Names.readLink(directory, name)));
    } else if (stat.type() != Stat.S_IFIFO) {
      entry.setDevMajor(stat.represents().major());
      entry.setDevMinor(stat.represents().minor());
    }
    put(entry, records);
    tar.closeArchiveEntry();
  }

  private static byte typeFlag(Stat stat) {
    return switch (stat.type()) {
      case Stat.S_IFLNK -> TarConstants.LF_SYMLINK;
      case Stat.S_IFCHR -> TarConstants.LF_CHR;
      case Stat.S_IFBLK -> TarConstants.LF_BLK;
      case Stat.S_IFIFO -> TarConstants.LF_FIFO;
      default -> throw new IllegalArgumentException("a file of type " + stat.type());
    };
  }

  private TarArchiveEntry entry(String path, byte type, Stat stat) {
    TarArchiveEntry entry = new TarArchiveEntry(path, type, true);
    entry.setMode(stat.mode() & 07777);
    entry.setUserId((long) userIds.user(stat.uid()) & 0xffffffffL);
    entry.setGroupId((long) userIds.group(stat.gid()) & 0xffffffffL);
    entry.setModTime(stat.modified().seconds() * 1000);
    return entry;
  }

  private void put(TarArchiveEntry entry, PaxRecords records) throws IOException {
    records.writeTo(tar);
    tar.putArchiveEntry(entry);
  }

  private static PaxRecords attributes(Fd directory, String name, Stat stat) throws IOException {
    PaxRecords records = new PaxRecords();
    String nanos = Integer.toString(1_000_000_000 + stat.modified().nanos()).substring(1);
    records.add("mtime", stat.modified().seconds() + "." + nanos);
    for (String attribute : ExtendedAttributes.list(directory, name)) {
      byte[] value;
      try {
        value = ExtendedAttributes.get(directory, name, attribute);
      } catch (SyscallException e) {
        if (e.is(Errno.ENODATA)) {
          continue; // a label that is listed without being stored
        }
        throw e;
      }
      records.add("SCHILY.xattr." + attribute, value);
      records.add("LIBARCHIVE.xattr." + attribute, Base64.getEncoder().encode(value));
    }
    return records;
  }

  private void file(Fd directory, String name, String path, Stat stat, PaxRecords records)
      throws IOException {
    TarArchiveEntry entry = entry(path, TarConstants.LF_NORMAL, stat);
    try (Fd file = directory.openAt(name, READ_FILE, 0)) {
      boolean holes = stat.blocks() * BLOCK < stat.size();
      List<long[]> stretches =
          holes ? data(file, stat.size()) : List.of(new long[] {0, stat.size()});
      byte[] map = holes ? map(stretches) : new byte[0];
      long bytes = map.length;
      for (long[] stretch : stretches) {
        bytes += stretch[1];
      }
      if (holes) {
        records.add("GNU.sparse.major", "1");
        records.add("GNU.sparse.minor", "0");
        records.add("GNU.sparse.name", path);
        records.add("GNU.sparse.realsize", Long.toString(stat.size()));
      }
      entry.setSize(bytes);
      put(entry, records);
      tar.write(map);
      for (long[] stretch : stretches) {
        copy(file, stretch[0], stretch[1], path);
      }
      tar.closeArchiveEntry();
    }
  }

  /** Where data is: pairs of offset and length. */
  private static List<long[]> data(Fd file, long size) throws SyscallException {
    List<long[]> stretches = new ArrayList<>();
    long at = 0;
    while (at < size) {
      long start;
      try {
        start = file.seek(at, SEEK_DATA);
      } catch (SyscallException e) {
        if (e.is(Errno.ENXIO)) {
          break; // no data behind that
        }
        throw e;
      }
      at = Math.min(file.seek(start, SEEK_HOLE), size);
      stretches.add(new long[] {start, at - start});
    }
    stretches.add(new long[] {size, 0}); // how long it is when it ends with a hole
    return stretches;
  }

  private static byte[] map(List<long[]> stretches) {
    StringBuilder text = new StringBuilder().append(stretches.size()).append('\n');
    for (long[] stretch : stretches) {
      text.append(stretch[0]).append('\n').append(stretch[1]).append('\n');
    }
    byte[] bytes = new byte[(text.length() + BLOCK - 1) / BLOCK * BLOCK];
    System.arraycopy(text.toString().getBytes(ISO_8859_1), 0, bytes, 0, text.length());
    return bytes;
  }

  private void copy(Fd file, long offset, long length, String path) throws IOException {
    for (long done = 0; done < length; ) {
      int piece = (int) Math.min(buffer.length, length - done);
      int read = file.pread(buffer, 0, piece, offset + done);
      if (read <= 0) {
        throw new IOException(path + " shrank while it was packed"); // the tree is stopped
      }
      tar.write(buffer, 0, read);
      done += read;
    }
  }
}
