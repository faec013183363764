package org.stasis.namespaces;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;

/**
 * A kernel setting below {@code /proc/sys}: which namespace's it is depends on who opens the file.
 *
 * @param path below {@code /proc/sys}
 */
record Sysctl(String path) {
  private static final int LONGEST_BYTES = 4096;

  private String file() {
    return "/proc/sys/" + path;
  }

  /**
   * Reads it in the calling thread's namespaces.
   *
   * @return its text without the line end, or null when the kernel has no such setting
   */
  @Nullable String read() throws SyscallException {
    try (Fd fd = Fd.open(file(), Open.O_RDONLY | Open.O_CLOEXEC)) {
      byte[] bytes = new byte[LONGEST_BYTES];
      int length = fd.read(bytes, 0, bytes.length);
      while (length > 0 && bytes[length - 1] == '\n') {
        length--;
      }
      return new String(bytes, 0, length, StandardCharsets.UTF_8);
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)) {
        return null;
      }
      throw e;
    }
  }

  /**
   * Reads it in the calling thread's namespaces.
   *
   * @return its text, or null when the kernel has no such setting, or none has been made
   */
  @Nullable String readIfSet() throws SyscallException {
    try {
      return read();
    } catch (SyscallException e) {
      if (e.is(Errno.EIO)) {
        return null; // a secret that nobody has set
      }
      throw e;
    }
  }

  /** Writes it in the calling thread's namespaces. */
  void write(String value) throws SyscallException {
    try (Fd fd = Fd.open(file(), Open.O_WRONLY | Open.O_CLOEXEC)) {
      fd.writeFully(value.getBytes(StandardCharsets.UTF_8));
    }
  }

  /**
   * Appends the writing of it, in the namespaces of the task.
   *
   * @param weak whether a kernel without this setting, or one that refuses the value, is fine
   */
  void plan(Program program, Plan plan, String value, boolean weak) {
    Expect expect = weak ? Expect.ANY : Expect.SUCCESS;
    program.why("setting " + path + " to " + value, weak ? "" : "Use --weak-sysctls to go on.");
    Argument fd =
        program.call(
            expect,
            SyscallNumber.OPENAT,
            Argument.of(Open.AT_FDCWD),
            plan.text(file()),
            Argument.of(Open.O_WRONLY | Open.O_CLOEXEC));
    int length = value.getBytes(StandardCharsets.UTF_8).length;
    program.call(expect, SyscallNumber.WRITE, fd, plan.text(value), Argument.of(length));
    program.call(expect, SyscallNumber.CLOSE, fd);
  }
}
