package org.stasis.linux.x86;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.Arrays;
import org.stasis.linux.Ptrace;
import org.stasis.linux.SyscallException;
import org.stasis.linux.foreign.Scratch;

/**
 * The general registers of a thread, {@code struct user_regs_struct}.
 *
 * <p>Read from a stopped tracee, changed here, written back. Each register has a method that reads
 * and one that sets, named as the kernel names it.
 */
public final class UserRegs {
  /** {@code struct user_regs_struct} of {@code sys/user.h}. */
  static final StructLayout LAYOUT =
      structLayout(
              JAVA_LONG.withName("r15"),
              JAVA_LONG.withName("r14"),
              JAVA_LONG.withName("r13"),
              JAVA_LONG.withName("r12"),
              JAVA_LONG.withName("rbp"),
              JAVA_LONG.withName("rbx"),
              JAVA_LONG.withName("r11"),
              JAVA_LONG.withName("r10"),
              JAVA_LONG.withName("r9"),
              JAVA_LONG.withName("r8"),
              JAVA_LONG.withName("rax"),
              JAVA_LONG.withName("rcx"),
              JAVA_LONG.withName("rdx"),
              JAVA_LONG.withName("rsi"),
              JAVA_LONG.withName("rdi"),
              JAVA_LONG.withName("orig_rax"),
              JAVA_LONG.withName("rip"),
              JAVA_LONG.withName("cs"),
              JAVA_LONG.withName("eflags"),
              JAVA_LONG.withName("rsp"),
              JAVA_LONG.withName("ss"),
              JAVA_LONG.withName("fs_base"),
              JAVA_LONG.withName("gs_base"),
              JAVA_LONG.withName("ds"),
              JAVA_LONG.withName("es"),
              JAVA_LONG.withName("fs"),
              JAVA_LONG.withName("gs"))
          .withName("struct user_regs_struct");

  /** How many registers there are. */
  public static final int COUNT = (int) (LAYOUT.byteSize() / Long.BYTES);

  private static final int R15 = index("r15");
  private static final int R14 = index("r14");
  private static final int R13 = index("r13");
  private static final int R12 = index("r12");
  private static final int RBP = index("rbp");
  private static final int RBX = index("rbx");
  private static final int R11 = index("r11");
  private static final int R10 = index("r10");
  private static final int R9 = index("r9");
  private static final int R8 = index("r8");
  private static final int RAX = index("rax");
  private static final int RCX = index("rcx");
  private static final int RDX = index("rdx");
  private static final int RSI = index("rsi");
  private static final int RDI = index("rdi");
  private static final int ORIG_RAX = index("orig_rax");
  private static final int RIP = index("rip");
  private static final int CS = index("cs");
  private static final int EFLAGS = index("eflags");
  private static final int RSP = index("rsp");
  private static final int SS = index("ss");
  private static final int FS_BASE = index("fs_base");
  private static final int GS_BASE = index("gs_base");
  private static final int DS = index("ds");
  private static final int ES = index("es");
  private static final int FS = index("fs");
  private static final int GS = index("gs");

  private final long[] values;

  private UserRegs(long[] values) {
    this.values = values;
  }

  /**
   * Reads the registers of a thread.
   *
   * @param tid a stopped tracee of the calling thread
   * @return its registers
   * @throws SyscallException ESRCH
   * @throws UnsupportedOperationException when it {@link #runs32BitCode}
   */
  public static UserRegs read(int tid) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment memory = scratch.allocate(LAYOUT);
      int bytes = Ptrace.getRegset(tid, Ptrace.NT_PRSTATUS, memory);
      if (bytes != LAYOUT.byteSize()) {
        throw new UnsupportedOperationException(
            "thread " + tid + " runs 32-bit code: " + bytes + " bytes of registers");
      }
      return new UserRegs(memory.toArray(JAVA_LONG));
    }
  }

  /**
   * Whether a thread runs 32-bit code, whose registers this class can't hold.
   *
   * @param tid a stopped tracee of the calling thread
   * @return true when it does right now
   * @throws SyscallException ESRCH
   */
  public static boolean runs32BitCode(int tid) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      return Ptrace.getRegset(tid, Ptrace.NT_PRSTATUS, scratch.allocate(LAYOUT))
          < LAYOUT.byteSize();
    }
  }

  /**
   * Wraps registers read earlier.
   *
   * @param values {@link #COUNT} registers in the order of the structure; copied
   * @return the registers
   */
  public static UserRegs of(long[] values) {
    if (values.length != COUNT) {
      throw new IllegalArgumentException(values.length + " registers");
    }
    return new UserRegs(values.clone());
  }

  /**
   * Writes the registers of a thread.
   *
   * @param tid a stopped tracee of the calling thread
   * @throws SyscallException ESRCH; EIO for a segment or a base that no user may have
   */
  public void write(int tid) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment memory = scratch.allocateDirty(LAYOUT.byteSize());
      MemorySegment.copy(values, 0, memory, JAVA_LONG, 0, values.length);
      Ptrace.setRegset(tid, Ptrace.NT_PRSTATUS, memory);
    }
  }

  /**
   * Another set with the same values.
   *
   * @return an independent copy
   */
  public UserRegs copy() {
    return new UserRegs(values.clone());
  }

  /**
   * All registers in the order of the structure.
   *
   * @return a copy
   */
  public long[] values() {
    return values.clone();
  }

  public long r15() {
    return values[R15];
  }

  public void r15(long value) {
    values[R15] = value;
  }

  public long r14() {
    return values[R14];
  }

  public void r14(long value) {
    values[R14] = value;
  }

  public long r13() {
    return values[R13];
  }

  public void r13(long value) {
    values[R13] = value;
  }

  public long r12() {
    return values[R12];
  }

  public void r12(long value) {
    values[R12] = value;
  }

  public long rbp() {
    return values[RBP];
  }

  public void rbp(long value) {
    values[RBP] = value;
  }

  public long rbx() {
    return values[RBX];
  }

  public void rbx(long value) {
    values[RBX] = value;
  }

  public long r11() {
    return values[R11];
  }

  public void r11(long value) {
    values[R11] = value;
  }

  public long r10() {
    return values[R10];
  }

  public void r10(long value) {
    values[R10] = value;
  }

  public long r9() {
    return values[R9];
  }

  public void r9(long value) {
    values[R9] = value;
  }

  public long r8() {
    return values[R8];
  }

  public void r8(long value) {
    values[R8] = value;
  }

  public long rax() {
    return values[RAX];
  }

  public void rax(long value) {
    values[RAX] = value;
  }

  public long rcx() {
    return values[RCX];
  }

  public void rcx(long value) {
    values[RCX] = value;
  }

  public long rdx() {
    return values[RDX];
  }

  public void rdx(long value) {
    values[RDX] = value;
  }

  public long rsi() {
    return values[RSI];
  }

  public void rsi(long value) {
    values[RSI] = value;
  }

  public long rdi() {
    return values[RDI];
  }

  public void rdi(long value) {
    values[RDI] = value;
  }

  public long origRax() {
    return values[ORIG_RAX];
  }

  public void origRax(long value) {
    values[ORIG_RAX] = value;
  }

  public long rip() {
    return values[RIP];
  }

  public void rip(long value) {
    values[RIP] = value;
  }

  public long cs() {
    return values[CS];
  }

  public void cs(long value) {
    values[CS] = value;
  }

  public long eflags() {
    return values[EFLAGS];
  }

  public void eflags(long value) {
    values[EFLAGS] = value;
  }

  public long rsp() {
    return values[RSP];
  }

  public void rsp(long value) {
    values[RSP] = value;
  }

  public long ss() {
    return values[SS];
  }

  public void ss(long value) {
    values[SS] = value;
  }

  public long fsBase() {
    return values[FS_BASE];
  }

  public void fsBase(long value) {
    values[FS_BASE] = value;
  }

  public long gsBase() {
    return values[GS_BASE];
  }

  public void gsBase(long value) {
    values[GS_BASE] = value;
  }

  public long ds() {
    return values[DS];
  }

  public void ds(long value) {
    values[DS] = value;
  }

  public long es() {
    return values[ES];
  }

  public void es(long value) {
    values[ES] = value;
  }

  public long fs() {
    return values[FS];
  }

  public void fs(long value) {
    values[FS] = value;
  }

  public long gs() {
    return values[GS];
  }

  public void gs(long value) {
    values[GS] = value;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof UserRegs that && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return "rip 0x"
        + Long.toHexString(rip())
        + " rsp 0x"
        + Long.toHexString(rsp())
        + " rax "
        + rax()
        + " orig_rax "
        + origRax();
  }

  private static int index(String name) {
    return (int) (LAYOUT.byteOffset(groupElement(name)) / Long.BYTES);
  }
}
