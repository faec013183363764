package org.stasis.shim.cli;

import java.io.IOException;
import java.io.InputStream;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Caller;

/** A descriptor of the caller's as a stream, unbuffered. Closing it closes our duplicate only. */
final class CallerInput extends InputStream {
  private final Fd fd;

  private CallerInput(Fd fd) {
    this.fd = fd;
  }

  /**
   * Opens a descriptor.
   *
   * @param caller whose
   * @param number 0 for standard input
   * @return the stream
   * @throws SyscallException EBADF when the caller has it closed
   */
  static CallerInput of(Caller caller, int number) throws SyscallException {
    return new CallerInput(caller.descriptor(number));
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int start, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    int got = fd.read(into, start, length);
    return got == 0 ? -1 : got;
  }

  @Override
  public void close() throws IOException {
    fd.close();
  }
}
