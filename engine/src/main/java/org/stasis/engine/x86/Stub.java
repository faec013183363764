package org.stasis.engine.x86;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.stasis.linux.agent.AgentBlob;
import org.stasis.linux.x86.UserRegs;

/**
 * The stub of agent.S with a thread's way home filled in: one system call, then the thread's own
 * registers and signal mask, without touching its stack or its floating point.
 */
public final class Stub {
  private Stub() {}

  /**
   * Fills in a stub.
   *
   * @param blob where the stub comes from
   * @param regs the thread's registers, as it was stopped
   * @param signalMask the thread's
   * @return the bytes to be placed where the thread can execute them
   */
  public static byte[] of(AgentBlob blob, UserRegs regs, long signalMask) {
    UserRegs home = regs.copy();
    SyscallRestart.apply(home);
    byte[] stub = blob.stub();
    ByteBuffer context =
        ByteBuffer.wrap(stub).order(ByteOrder.nativeOrder()).position(blob.stubContext());
    context.putLong(home.r15()).putLong(home.r14()).putLong(home.r13()).putLong(home.r12());
    context.putLong(home.rbp()).putLong(home.rbx()).putLong(home.r11()).putLong(home.r10());
    context.putLong(home.r9()).putLong(home.r8()).putLong(home.rax()).putLong(home.rcx());
    context.putLong(home.rdx()).putLong(home.rsi()).putLong(home.rdi());
    context.putLong(home.rip()).putLong(home.eflags()).putLong(home.rsp());
    context.putLong(signalMask);
    return stub;
  }
}
