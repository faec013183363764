package org.stasis.shim.cli;

import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Caller;

/** A descriptor of the caller's as a stream, unbuffered. Closing it closes our duplicate only. */
final class CallerOutput extends OutputStream {
  private final Fd fd;
  private @Nullable SyscallException failure;

  private CallerOutput(Fd fd) {
    this.fd = fd;
  }

  /**
   * Opens a descriptor.
   *
   * @param caller whose
   * @param number 1 for standard output, 2 for standard error
   * @return the stream
   * @throws SyscallException EBADF when the caller has it closed
   */
  static CallerOutput of(Caller caller, int number) throws SyscallException {
    return new CallerOutput(caller.descriptor(number));
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int start, int length) throws IOException {
    try {
      for (int done = 0; done < length; ) {
        done += fd.write(bytes, start + done, length - done);
      }
    } catch (SyscallException e) {
      failure = e;
      throw e;
    }
  }

  /**
   * Why not all was written, as far as people want to know: nobody complains to who stopped
   * reading.
   *
   * @return the error, or null
   */
  @Nullable SyscallException failure() {
    return failure == null || failure.is(Errno.EPIPE) ? null : failure;
  }

  @Override
  public void close() throws IOException {
    fd.close();
  }
}
