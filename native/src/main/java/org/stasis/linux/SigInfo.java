package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.Arrays;

/**
 * A signal and what came with it, {@code siginfo_t} of sigaction(2).
 *
 * <p>The kernel's 128 bytes are kept as they are, since what follows the first fields depends on
 * who sent the signal and how.
 */
public final class SigInfo {
  /** Size of a {@code siginfo_t}. */
  public static final int BYTES = 128;

  /** {@code siginfo_t} with the fields of SIGCHLD; those of kill(2) are the first two of them. */
  static final StructLayout LAYOUT =
      structLayout(
              JAVA_INT.withName("si_signo"),
              JAVA_INT.withName("si_errno"),
              JAVA_INT.withName("si_code"),
              paddingLayout(4),
              JAVA_INT.withName("si_pid"),
              JAVA_INT.withName("si_uid"),
              JAVA_INT.withName("si_status"),
              paddingLayout(100))
          .withName("siginfo_t");

  private static final long SIGNO = LAYOUT.byteOffset(groupElement("si_signo"));
  private static final long ERRNO = LAYOUT.byteOffset(groupElement("si_errno"));
  private static final long CODE = LAYOUT.byteOffset(groupElement("si_code"));
  private static final long PID = LAYOUT.byteOffset(groupElement("si_pid"));
  private static final long UID = LAYOUT.byteOffset(groupElement("si_uid"));
  private static final long STATUS = LAYOUT.byteOffset(groupElement("si_status"));

  private final byte[] bytes;

  private SigInfo(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Wraps what the kernel stored earlier.
   *
   * @param bytes {@link #BYTES} bytes; copied
   * @return the signal
   */
  public static SigInfo of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException(bytes.length + " bytes are no siginfo_t");
    }
    return new SigInfo(bytes.clone());
  }

  /** Copies one that the kernel has just stored. */
  static SigInfo read(MemorySegment memory, long offset) {
    byte[] bytes = new byte[BYTES];
    MemorySegment.copy(memory, JAVA_BYTE, offset, bytes, 0, BYTES);
    return new SigInfo(bytes);
  }

  /**
   * Which signal.
   *
   * @return its number
   */
  public int signal() {
    return field(SIGNO);
  }

  /**
   * The error that came with it.
   *
   * @return an error number, mostly 0
   */
  public int errno() {
    return field(ERRNO);
  }

  /**
   * Why it was sent, {@code si_code}.
   *
   * @return an {@code SI_}, {@code CLD_}, {@code SEGV_} … value; negative when from user space
   */
  public int code() {
    return field(CODE);
  }

  /**
   * Who sent it or which child it is about; meaningful for kill(2), sigqueue(3) and SIGCHLD alone.
   *
   * @return a pid in the receiver's pid namespace
   */
  public int pid() {
    return field(PID);
  }

  /**
   * The uid that goes with {@link #pid}.
   *
   * @return a uid in the receiver's user namespace
   */
  public int uid() {
    return field(UID);
  }

  /**
   * Exit status or signal of the child; for SIGCHLD alone.
   *
   * @return the number
   */
  public int status() {
    return field(STATUS);
  }

  /**
   * Everything.
   *
   * @return a copy of the {@link #BYTES} bytes
   */
  public byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SigInfo that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "signal " + signal() + " code " + code();
  }

  private int field(long offset) {
    return MemorySegment.ofArray(bytes).get(JAVA_INT_UNALIGNED, offset);
  }
}
