package org.stasis.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import org.stasis.linux.foreign.Scratch;

/**
 * A pipe of this process, pipe2(2); closing it closes both ends.
 *
 * @param readEnd where bytes come out
 * @param writeEnd where bytes go in
 */
public record Pipe(Fd readEnd, Fd writeEnd) implements AutoCloseable {
  private static final int SPLICE_F_NONBLOCK = 2;
  private static final int FIONREAD = 0x541B;

  /**
   * Makes a pipe.
   *
   * @param flags {@code O_CLOEXEC}, {@code O_NONBLOCK}, {@code O_DIRECT} of {@link Open}
   * @return both ends
   * @throws SyscallException EMFILE, ENFILE
   */
  public static Pipe open(int flags) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment pair = scratch.allocate(2L * Integer.BYTES);
      Syscall.check(Syscall.raw(SyscallNumber.PIPE2, pair.address(), flags), "pipe2");
      return new Pipe(Fd.of(pair.get(JAVA_INT, 0)), Fd.of(pair.get(JAVA_INT, Integer.BYTES)));
    }
  }

  /**
   * Copies what is queued in one pipe to another, tee(2): nothing is taken from the first.
   *
   * @param from read end
   * @param to write end of another pipe
   * @return bytes copied; all that fits into the free slots of the second, 0 when the first is
   *     empty
   * @throws SyscallException EAGAIN when nothing fits
   */
  public static long tee(Fd from, Fd to) throws SyscallException {
    long answer =
        Syscall.raw(
            SyscallNumber.TEE, from.number(), to.number(), Integer.MAX_VALUE, SPLICE_F_NONBLOCK);
    return Syscall.check(answer, "tee");
  }

  /**
   * How much is queued, the request {@code FIONREAD}.
   *
   * @param end either end
   * @return bytes
   * @throws SyscallException EBADF
   */
  public static int queued(Fd end) throws SyscallException {
    return end.ioctlInt(FIONREAD, "FIONREAD");
  }

  @Override
  public void close() throws SyscallException {
    try (readEnd) {
      writeEnd.close();
    }
  }
}
