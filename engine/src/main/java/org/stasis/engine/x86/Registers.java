package org.stasis.engine.x86;

import java.util.OptionalLong;
import org.stasis.images.proto.ThreadInfoX86;
import org.stasis.images.proto.UserDescT;
import org.stasis.images.proto.UserX86RegsEntry;
import org.stasis.images.proto.UserX86RegsMode;
import org.stasis.linux.x86.UserRegs;

/** The general registers of a 64-bit thread, both directions ({@code struct user_regs_struct}). */
public final class Registers {
  /** The GDT entries for TLS of 32-bit code; a 64-bit thread has them empty. */
  private static final int[] TLS_ENTRIES = {12, 13, 14};

  private static final long USER32_CS = 0x23;

  private Registers() {}

  /**
   * Whether a thread runs 32-bit code.
   *
   * @param regs its registers
   * @return true for a compat task
   */
  public static boolean isCompat(UserRegs regs) {
    return regs.cs() == USER32_CS;
  }

  /**
   * Describes registers for the image: as the thread would go on after an interrupted call.
   *
   * @param regs as the thread was stopped
   * @param handler flags of the action whose handler comes next; nothing when none is due
   * @param info takes them
   */
  public static void capture(UserRegs regs, OptionalLong handler, ThreadInfoX86.Builder info) {
    UserRegs r = regs.copy();
    SyscallRestart.applyForImage(r, handler);
    info.setGpregs(
        UserX86RegsEntry.newBuilder()
            .setR15(r.r15())
            .setR14(r.r14())
            .setR13(r.r13())
            .setR12(r.r12())
            .setBp(r.rbp())
            .setBx(r.rbx())
            .setR11(r.r11())
            .setR10(r.r10())
            .setR9(r.r9())
            .setR8(r.r8())
            .setAx(r.rax())
            .setCx(r.rcx())
            .setDx(r.rdx())
            .setSi(r.rsi())
            .setDi(r.rdi())
            .setOrigAx(r.origRax())
            .setIp(r.rip())
            .setCs(r.cs())
            .setFlags(r.eflags())
            .setSp(r.rsp())
            .setSs(r.ss())
            .setFsBase(r.fsBase())
            .setGsBase(r.gsBase())
            .setDs(r.ds())
            .setEs(r.es())
            .setFs(r.fs())
            .setGs(r.gs())
            .setMode(UserX86RegsMode.NATIVE));
    for (int entry : TLS_ENTRIES) {
      info.addTls(
          UserDescT.newBuilder()
              .setEntryNumber(entry)
              .setBaseAddr(0)
              .setLimit(0)
              .setSeg32Bit(false)
              .setContentsH(false)
              .setContentsL(false)
              .setReadExecOnly(true)
              .setLimitInPages(false)
              .setSegNotPresent(true)
              .setUsable(false));
    }
  }

  /**
   * The registers that a restored thread starts with.
   *
   * @param entry as the image has them
   * @return the registers, in no system call
   */
  public static UserRegs restore(UserX86RegsEntry entry) {
    UserRegs regs = UserRegs.of(new long[UserRegs.COUNT]);
    regs.r15(entry.getR15());
    regs.r14(entry.getR14());
    regs.r13(entry.getR13());
    regs.r12(entry.getR12());
    regs.rbp(entry.getBp());
    regs.rbx(entry.getBx());
    regs.r11(entry.getR11());
    regs.r10(entry.getR10());
    regs.r9(entry.getR9());
    regs.r8(entry.getR8());
    regs.rax(entry.getAx());
    regs.rcx(entry.getCx());
    regs.rdx(entry.getDx());
    regs.rsi(entry.getSi());
    regs.rdi(entry.getDi());
    regs.origRax(-1);
    regs.rip(entry.getIp());
    regs.cs(entry.getCs());
    regs.eflags(entry.getFlags());
    regs.rsp(entry.getSp());
    regs.ss(entry.getSs());
    regs.fsBase(entry.getFsBase());
    regs.gsBase(entry.getGsBase());
    regs.ds(entry.getDs());
    regs.es(entry.getEs());
    regs.fs(entry.getFs());
    regs.gs(entry.getGs());
    return regs;
  }
}
