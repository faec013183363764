package org.stasis.shim.archive.tree;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Device;
import org.stasis.linux.Directory;
import org.stasis.linux.ExtendedAttributes;
import org.stasis.linux.Fd;
import org.stasis.linux.Names;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.shim.archive.tar.SparseMap.Stretch;
import org.stasis.shim.archive.tar.TarEntry;
import org.stasis.shim.archive.tar.TarReader;
import org.stasis.shim.archive.tar.TarType;

/**
 * Unpacks a tar archive below a directory. Whatever the archive says and whatever links it makes,
 * nothing is made, changed or removed outside.
 *
 * <p>Holes are kept: those that the archive tells of, and stretches of zeros of whole pages.
 */
public final class Unpacker {
  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";
  private static final long MAX_ENTRIES = 10_000_000;
  private static final int PIECE_BYTES = 64 << 10;
  private static final int CREATE =
      Open.O_WRONLY | Open.O_CREAT | Open.O_EXCL | Open.O_NOFOLLOW | Open.O_CLOEXEC;

  /** Sees the content of files as it passes, holes of sparse ones left out. */
  public interface Watcher {
    /**
     * A file begins.
     *
     * @param entry what its header says
     * @param path where it is made, without needless parts
     * @param content its content
     * @return its content again, through the watcher
     * @throws IOException when it must not be made
     */
    InputStream watch(TarEntry entry, String path, InputStream content) throws IOException;
  }

  private final Fd root;
  private final UnpackRules rules;
  private final Admission admission;
  private final @Nullable Watcher watcher;
  private final Set<String> made = new HashSet<>();
  private final List<Times> directories = new ArrayList<>();
  private final byte[] piece = new byte[PIECE_BYTES];
  private long entries;

  /** When a directory was changed, to be set when nothing more is put into it. */
  private record Times(String path, Stat.Time modified) {}

  /**
   * Gets ready.
   *
   * @param root the directory
   * @param rules what may be put there
   * @param watcher sees the files; null for nobody
   */
  public Unpacker(Fd root, UnpackRules rules, @Nullable Watcher watcher) {
    this.root = root;
    this.rules = rules;
    this.admission = new Admission(rules);
    this.watcher = watcher;
  }

  /**
   * Unpacks all entries.
   *
   * @param tar the archive
   * @throws IOException when it is bad or wants what it may not; part of it has been unpacked
   */
  public void unpack(TarReader tar) throws IOException {
    for (TarEntry entry; (entry = tar.next()) != null; ) {
      try {
        unpack(entry, tar);
      } catch (IOException e) {
        throw new IOException("unpacking " + entry.name() + ": " + e.getMessage(), e);
      }
    }
    for (Times each : directories.reversed()) {
      try (Fd parent = Beneath.open(root, Beneath.parentOf(each.path()))) {
        String name = Beneath.nameOf(each.path());
        if (Beneath.exists(parent, name)) { // not replaced by a later entry
          Names.changeTimes(parent, name, each.modified(), each.modified());
        }
      }
    }
  }

  /**
   * Finds out whether an archive would be unpacked, as far as itself can tell.
   *
   * @param tar the archive
   * @param rules what may be unpacked
   * @throws IOException when it is bad or wants what it may not
   */
  public static void check(TarReader tar, UnpackRules rules) throws IOException {
    new Admission(rules).requireAll(tar);
  }

  /**
   * Removes a path with all below, if it is there.
   *
   * @param path from the directory, absolute or not
   * @throws IOException when it leads out, or cannot be removed
   */
  public void remove(String path) throws IOException {
    String tidy = Beneath.tidy(path);
    if (tidy.isEmpty()) {
      throw new IOException("the archive says that everything is deleted");
    }
    try (Fd parent = Beneath.openOrMake(root, Beneath.parentOf(tidy))) {
      if (Beneath.exists(parent, Beneath.nameOf(tidy))) {
        Beneath.remove(parent, Beneath.nameOf(tidy));
      }
    }
  }

  private void unpack(TarEntry entry, TarReader tar) throws IOException {
    String path = admission.require(entry);
    if (++entries > MAX_ENTRIES) {
      throw new IOException("the archive has more than " + MAX_ENTRIES + " entries");
    }
    if (path.isEmpty()) {
      return;
    }
    String name = Beneath.nameOf(path);
    try (Fd parent = Beneath.openOrMake(root, Beneath.parentOf(path))) {
      if (rules.whiteouts() && name.startsWith(WHITEOUT)) {
        whiteOut(parent, path);
        return;
      }
      boolean keeps = makeRoom(parent, name, entry.type());
      if (!keeps) {
        make(entry, tar, parent, path);
      }
      if (rules.whiteouts()) {
        made.add(path);
      }
      if (entry.type() != TarType.HARD_LINK) {
        describe(entry, parent, name);
      }
      if (entry.type() == TarType.DIRECTORY) {
        directories.add(new Times(path, entry.modified()));
      } else {
        Names.changeTimes(parent, name, entry.modified(), entry.modified());
      }
    }
  }

  private void whiteOut(Fd parent, String path) throws IOException {
    String name = Beneath.nameOf(path);
    String above = Beneath.parentOf(path);
    String prefix = above.isEmpty() ? "" : above + "/";
    if (name.equals(OPAQUE)) {
      for (Directory.Entry each : Directory.list(parent)) {
        if (!made.contains(prefix + each.name())) {
          Beneath.remove(parent, each.name());
        }
      }
      return;
    }
    String deleted = name.substring(WHITEOUT.length());
    if (deleted.isEmpty() || deleted.equals(".") || deleted.equals("..")) {
      throw new IOException("the archive deletes a name that is none");
    }
    if (Beneath.exists(parent, deleted)) {
      Beneath.remove(parent, deleted);
    }
  }

  /** Whether what is there already stays: a directory. */
  private boolean makeRoom(Fd parent, String name, TarType type) throws IOException {
    if (!Beneath.exists(parent, name)) {
      return false;
    }
    if (!rules.replaces()) {
      throw new IOException("the archive has it twice");
    }
    if (type == TarType.DIRECTORY && Stat.ofLink(parent, name).type() == Stat.S_IFDIR) {
      return true;
    }
    Beneath.remove(parent, name);
    return false;
  }

  private void make(TarEntry entry, TarReader tar, Fd parent, String path) throws IOException {
    String name = Beneath.nameOf(path);
    switch (entry.type()) {
      case DIRECTORY -> Names.makeDirectory(parent, name, 0700);
      case FILE -> file(entry, tar, parent, path);
      case SYMBOLIC_LINK -> Names.symlink(entry.target(), parent, name);
      case HARD_LINK -> {
        String target = Beneath.relative(entry.target());
        try (Fd there = Beneath.open(root, Beneath.parentOf(target))) {
          Names.link(there, Beneath.nameOf(target), parent, name, 0);
        }
      }
      case FIFO -> Names.makeNode(parent, name, Stat.S_IFIFO | 0600, Device.NONE);
      case CHARACTER_DEVICE, BLOCK_DEVICE -> {
        int type = entry.type() == TarType.BLOCK_DEVICE ? Stat.S_IFBLK : Stat.S_IFCHR;
        Names.makeNode(parent, name, type | 0600, entry.device());
      }
    }
  }

  private void describe(TarEntry entry, Fd parent, String name) throws IOException {
    if (!rules.anything()) {
      if (entry.type() != TarType.SYMBOLIC_LINK) {
        Names.changeMode(parent, name, plainMode(entry));
      }
      return;
    }
    int uid = (int) entry.uid();
    int gid = (int) entry.gid();
    Stat now = Stat.ofLink(parent, name);
    if (now.uid() != uid || now.gid() != gid) {
      Names.changeOwner(parent, name, uid, gid, Open.AT_SYMLINK_NOFOLLOW);
    }
    if (entry.type() != TarType.SYMBOLIC_LINK) {
      Names.changeMode(parent, name, entry.mode()); // a new owner drops set-user-ID
    }
    for (Map.Entry<String, byte[]> each : entry.attributes().entrySet()) {
      ExtendedAttributes.set(parent, name, each.getKey(), each.getValue());
    }
  }

  /** Nothing runs as its owner, and its owner can use it. */
  private static int plainMode(TarEntry entry) {
    int owner = entry.type() == TarType.DIRECTORY ? 0700 : 0600;
    return entry.mode() & 0777 | owner;
  }

  private void file(TarEntry entry, TarReader tar, Fd parent, String path) throws IOException {
    InputStream content = watcher == null ? tar : watcher.watch(entry, path, tar);
    try (Fd file = parent.openAt(Beneath.nameOf(path), CREATE, 0600)) {
      if (entry.sparse() == null) {
        copy(content, file, 0, entry.size());
      } else {
        for (Stretch each : entry.sparse().stretches()) {
          copy(content, file, each.offset(), each.length());
        }
      }
      file.truncate(entry.size());
    }
  }

  private void copy(InputStream content, Fd file, long offset, long length) throws IOException {
    for (long done = 0; done < length; ) {
      int wanted = (int) Math.min(piece.length, length - done);
      int read = content.readNBytes(piece, 0, wanted);
      if (read < wanted) {
        throw new IOException("the archive ends within a file");
      }
      if (!isZero(read)) {
        file.seek(offset + done, 0);
        for (int written = 0; written < read; ) {
          written += file.write(piece, written, read - written);
        }
      }
      done += read;
    }
  }

  private boolean isZero(int length) {
    for (int i = 0; i < length; i++) {
      if (piece[i] != 0) {
        return false;
      }
    }
    return true;
  }
}
