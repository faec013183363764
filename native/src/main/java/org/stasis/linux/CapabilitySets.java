package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import org.stasis.linux.foreign.Scratch;

/**
 * Capabilities of a thread, capget(2). Bit n stands for capability n.
 *
 * @param effective what counts
 * @param permitted what may be made effective
 * @param inheritable what a program may be given by its file
 */
public record CapabilitySets(long effective, long permitted, long inheritable) {
  public static final int CAP_DAC_OVERRIDE = 1;
  public static final int CAP_KILL = 5;
  public static final int CAP_NET_ADMIN = 12;
  public static final int CAP_SYS_CHROOT = 18;
  public static final int CAP_SYS_PTRACE = 19;
  public static final int CAP_SYS_ADMIN = 21;
  public static final int CAP_SYS_NICE = 23;
  public static final int CAP_SYS_RESOURCE = 24;
  public static final int CAP_CHECKPOINT_RESTORE = 40;

  /** {@code struct __user_cap_header_struct}. */
  static final StructLayout HEADER =
      structLayout(JAVA_INT.withName("version"), JAVA_INT.withName("pid"))
          .withName("struct __user_cap_header_struct");

  /** {@code struct __user_cap_data_struct}, of which there are two: low and high words. */
  static final StructLayout DATA =
      structLayout(
              JAVA_INT.withName("effective"),
              JAVA_INT.withName("permitted"),
              JAVA_INT.withName("inheritable"))
          .withName("struct __user_cap_data_struct");

  private static final int VERSION = 0x20080522; // _LINUX_CAPABILITY_VERSION_3
  private static final long HEADER_VERSION = HEADER.byteOffset(groupElement("version"));
  private static final long HEADER_PID = HEADER.byteOffset(groupElement("pid"));
  private static final long EFFECTIVE = DATA.byteOffset(groupElement("effective"));
  private static final long PERMITTED = DATA.byteOffset(groupElement("permitted"));
  private static final long INHERITABLE = DATA.byteOffset(groupElement("inheritable"));

  /**
   * Asks for a thread's capabilities.
   *
   * @param tid the thread; 0 for the calling one
   * @return its sets
   * @throws SyscallException ESRCH
   */
  public static CapabilitySets get(int tid) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment data = scratch.allocate(2 * DATA.byteSize());
      long header = header(scratch, tid).address();
      long answer = Syscall.raw(SyscallNumber.CAPGET, header, data.address());
      if (answer < 0) {
        throw Syscall.failure(answer, "capget " + tid);
      }
      return new CapabilitySets(set(data, EFFECTIVE), set(data, PERMITTED), set(data, INHERITABLE));
    }
  }

  /**
   * Gives the calling thread these capabilities, and no other thread.
   *
   * @throws SyscallException EPERM for what is not permitted
   */
  public void apply() throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment data = scratch.allocate(2 * DATA.byteSize());
      put(data, EFFECTIVE, effective);
      put(data, PERMITTED, permitted);
      put(data, INHERITABLE, inheritable);
      long header = header(scratch, 0).address();
      Syscall.check(Syscall.raw(SyscallNumber.CAPSET, header, data.address()), "capset");
    }
  }

  /**
   * Whether a capability is effective.
   *
   * @param capability {@code CAP_} number
   * @return true when it is
   */
  public boolean has(int capability) {
    return (effective >>> capability & 1) != 0;
  }

  private static MemorySegment header(Scratch scratch, int tid) {
    MemorySegment header = scratch.allocate(HEADER);
    header.set(JAVA_INT, HEADER_VERSION, VERSION);
    header.set(JAVA_INT, HEADER_PID, tid);
    return header;
  }

  private static long set(MemorySegment data, long offset) {
    long high = data.get(JAVA_INT, DATA.byteSize() + offset);
    return high << 32 | Integer.toUnsignedLong(data.get(JAVA_INT, offset));
  }

  private static void put(MemorySegment data, long offset, long set) {
    data.set(JAVA_INT, offset, (int) set);
    data.set(JAVA_INT, DATA.byteSize() + offset, (int) (set >>> 32));
  }
}
