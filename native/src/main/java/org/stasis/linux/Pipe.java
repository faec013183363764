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

  @Override
  public void close() throws SyscallException {
    try (readEnd) {
      writeEnd.close();
    }
  }
}
