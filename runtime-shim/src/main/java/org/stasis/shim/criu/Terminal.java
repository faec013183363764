package org.stasis.shim.criu;

import java.nio.charset.StandardCharsets;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Caller;

/** The caller's standard output and standard error. */
final class Terminal {
  private static final int OUTPUT = 1;
  private static final int ERROR = 2;

  private final Caller caller;

  Terminal(Caller caller) {
    this.caller = caller;
  }

  void output(String text) throws SyscallException {
    write(OUTPUT, text);
  }

  void error(String text) throws SyscallException {
    write(ERROR, text);
  }

  /** Standard output, owned by whoever asked. */
  Fd output() throws SyscallException {
    return caller.descriptor(OUTPUT);
  }

  /** Standard error, owned by whoever asked. */
  Fd error() throws SyscallException {
    return caller.descriptor(ERROR);
  }

  private void write(int number, String text) throws SyscallException {
    try (Fd fd = caller.descriptor(number)) {
      fd.writeFully(text.getBytes(StandardCharsets.UTF_8));
    }
  }
}
