package org.stasis.shim.archive.tree;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Device;
import org.stasis.linux.Errno;
import org.stasis.linux.ExtendedAttributes;
import org.stasis.linux.Fd;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;

/**
 * What overlayfs notes at the files of a layer. Mounted by a user namespace's root (option {@code
 * userxattr}), it uses the attributes of {@code user.} instead of those of {@code trusted.}.
 */
final class OverlayMarks {
  private static final List<String> PREFIXES = List.of("trusted.overlay.", "user.overlay.");

  private OverlayMarks() {}

  /** Whether it says that the layers below have nothing of this name. */
  static boolean isWhiteout(Fd directory, String name, Stat stat) throws IOException {
    if (stat.type() == Stat.S_IFCHR) {
      return stat.represents().equals(Device.NONE);
    }
    return stat.type() == Stat.S_IFREG
        && stat.size() == 0
        && get(directory, name, "whiteout") != null;
  }

  /** Whether nothing of the directories below shines through. */
  static boolean isOpaque(Fd directory, String name) throws IOException {
    byte[] value = get(directory, name, "opaque");
    return value != null && new String(value, US_ASCII).equals("y");
  }

  /** Whether what is in it comes from a directory of another name below. */
  static boolean isRedirected(Fd directory, String name) throws IOException {
    return get(directory, name, "redirect") != null;
  }

  /** Whether the content is still in a layer below. */
  static boolean isMetadataOnly(Fd directory, String name) throws IOException {
    return get(directory, name, "metacopy") != null;
  }

  private static byte @Nullable [] get(Fd directory, String name, String mark) throws IOException {
    for (String prefix : PREFIXES) {
      try {
        return ExtendedAttributes.get(directory, name, prefix + mark);
      } catch (SyscallException e) {
        if (!e.is(Errno.ENODATA) && !e.is(Errno.EOPNOTSUPP)) {
          throw e;
        }
      }
    }
    return null;
  }
}
