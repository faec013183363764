package org.stasis.mounts;

import java.util.ArrayList;
import java.util.List;
import org.stasis.engine.ns.UserIds;

/**
 * Mount flags in their three forms: words of mountinfo, the {@code MS_} bits that images hold, and
 * the {@code MOUNT_ATTR_} bits of mount_setattr(2).
 */
final class MountFlags {
  static final int RDONLY = 1;
  static final int NOSUID = 2;
  static final int NODEV = 4;
  static final int NOEXEC = 8;

  /** What images call synchronous in {@code sb_flags}: MS_SYNC of msync(2), for their history. */
  static final int SB_SYNC = 4;

  static final int SB_MANDLOCK = 64;
  static final int SB_DIRSYNC = 128;
  static final int NOSYMFOLLOW = 256;
  static final int NOATIME = 0x400;
  static final int NODIRATIME = 0x800;
  static final int REC = 0x4000;
  static final int UNBINDABLE = 0x20000;
  static final int SLAVE = 0x80000;
  static final int SHARED = 0x100000;
  static final int RELATIME = 0x200000;
  static final int STRICTATIME = 0x1000000;

  private static final long ATTR_RDONLY = 0x1;
  private static final long ATTR_NOSUID = 0x2;
  private static final long ATTR_NODEV = 0x4;
  private static final long ATTR_NOEXEC = 0x8;
  private static final long ATTR_NOATIME = 0x10;
  private static final long ATTR_STRICTATIME = 0x20;
  private static final long ATTR_NODIRATIME = 0x80;
  private static final long ATTR_NOSYMFOLLOW = 0x200000;

  /** Every bit that {@link #attributes} may set: what has to be cleared to set others. */
  static final long ALL_ATTRIBUTES =
      ATTR_RDONLY
          | ATTR_NOSUID
          | ATTR_NODEV
          | ATTR_NOEXEC
          | 0x70 // the field of atime modes
          | ATTR_NODIRATIME
          | ATTR_NOSYMFOLLOW;

  private MountFlags() {}

  /**
   * Reads the options of one mount.
   *
   * @param options sixth field of a line of mountinfo
   * @return {@code MS_} bits as images hold them, propagation left out
   */
  static int ofMount(String options) {
    int flags = 0;
    for (String word : words(options)) {
      flags |=
          switch (word) {
            case "ro" -> RDONLY;
            case "nosuid" -> NOSUID;
            case "nodev" -> NODEV;
            case "noexec" -> NOEXEC;
            case "noatime" -> NOATIME;
            case "nodiratime" -> NODIRATIME;
            case "relatime" -> RELATIME;
            case "nosymfollow" -> NOSYMFOLLOW;
            default -> 0; // rw, idmapped
          };
    }
    return (flags & (NOATIME | RELATIME)) == 0 ? flags | STRICTATIME : flags;
  }

  /**
   * Reads the options of a superblock that have a bit.
   *
   * @param options last field of a line of mountinfo
   * @return bits as images hold them in {@code sb_flags}
   */
  static int ofSuperblock(String options) {
    int flags = 0;
    for (String word : words(options)) {
      flags |=
          switch (word) {
            case "ro" -> RDONLY;
            case "sync" -> SB_SYNC;
            case "dirsync" -> SB_DIRSYNC;
            case "mand" -> SB_MANDLOCK;
            default -> 0;
          };
    }
    return flags;
  }

  /**
   * The options of a superblock without those that have a bit.
   *
   * @param options last field of a line of mountinfo
   * @return the others, separated by commas as before
   */
  static String withoutBits(String options) {
    StringBuilder others = new StringBuilder();
    for (String word : words(options)) {
      switch (word) {
        case "rw", "ro", "sync", "dirsync", "mand", "lazytime" -> {}
        default -> others.append(others.isEmpty() ? "" : ",").append(word);
      }
    }
    return others.toString();
  }

  /**
   * Options with user and group ids as the tree sees them.
   *
   * @param options options with the engine's ids
   * @param userIds of the tree
   * @return the same, in the same order
   */
  static String inside(String options, UserIds userIds) {
    if (!options.contains("id=")) {
      return options;
    }
    StringBuilder translated = new StringBuilder();
    for (String word : words(options)) {
      translated.append(translated.isEmpty() ? "" : ",");
      if (word.startsWith("uid=")) {
        translated.append("uid=").append(userIds.user(id(word)));
      } else if (word.startsWith("gid=")) {
        translated.append("gid=").append(userIds.group(id(word)));
      } else {
        translated.append(word);
      }
    }
    return translated.toString();
  }

  private static int id(String word) {
    return Integer.parseUnsignedInt(word, "uid=".length(), word.length(), 10);
  }

  /**
   * The same flags as fsmount(2) and mount_setattr(2) take them.
   *
   * @param flags {@code MS_} bits of an image
   * @return {@code MOUNT_ATTR_} bits
   */
  static long attributes(int flags) {
    return bit(flags, RDONLY, ATTR_RDONLY)
        | bit(flags, NOSUID, ATTR_NOSUID)
        | bit(flags, NODEV, ATTR_NODEV)
        | bit(flags, NOEXEC, ATTR_NOEXEC)
        | bit(flags, NODIRATIME, ATTR_NODIRATIME)
        | bit(flags, NOSYMFOLLOW, ATTR_NOSYMFOLLOW)
        | ((flags & NOATIME) != 0 ? ATTR_NOATIME : bit(flags, STRICTATIME, ATTR_STRICTATIME));
  }

  private static long bit(int flags, int flag, long attribute) {
    return (flags & flag) != 0 ? attribute : 0;
  }

  /** Splits at commas, but not at those within quotes, as SELinux contexts have them. */
  static List<String> words(String options) {
    List<String> words = new ArrayList<>();
    int start = 0;
    boolean quoted = false;
    for (int i = 0; i <= options.length(); i++) {
      char c = i < options.length() ? options.charAt(i) : ',';
      if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && (!quoted || i == options.length())) {
        if (i > start) {
          words.add(options.substring(start, i));
        }
        start = i + 1;
      }
    }
    return words;
  }
}
