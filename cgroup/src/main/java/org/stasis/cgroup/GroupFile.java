package org.stasis.cgroup;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;

/** A file of a group's directory: one setting. Each write is one call, as the kernel wants it. */
final class GroupFile {
  private static final int PIECE_BYTES = 16 << 10;

  private GroupFile() {}

  /**
   * Reads a setting.
   *
   * @return its text without line ends behind it; empty when there is no such file, or it can't be
   *     read now: some are there but not supported
   */
  static Optional<String> read(Path directory, String name) throws SyscallException {
    try (Fd fd = Fd.open(directory + "/" + name, Open.O_RDONLY | Open.O_CLOEXEC)) {
      StringBuilder text = new StringBuilder();
      byte[] piece = new byte[PIECE_BYTES];
      for (int read; (read = fd.read(piece, 0, piece.length)) > 0; ) {
        text.append(new String(piece, 0, read, StandardCharsets.UTF_8));
      }
      while (!text.isEmpty() && text.charAt(text.length() - 1) == '\n') {
        text.setLength(text.length() - 1);
      }
      return Optional.of(text.toString());
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.EOPNOTSUPP) || e.is(Errno.EACCES)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  static void write(Path directory, String name, String value) throws SyscallException {
    try (Fd fd = Fd.open(directory + "/" + name, Open.O_WRONLY | Open.O_CLOEXEC)) {
      fd.writeFully(value.getBytes(StandardCharsets.UTF_8));
    } catch (SyscallException e) {
      throw new SyscallException("writing " + value + " to " + directory + "/" + name, e.errno());
    }
  }
}
