package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import org.stasis.linux.foreign.Scratch;

/**
 * Control over another thread, ptrace(2).
 *
 * <p>A tracee belongs to the <em>thread</em> that seized it: every other call about it, and {@link
 * Processes#await}, must come from that same platform thread, or they fail with ESRCH or ECHILD.
 * Most calls need the tracee to be in a ptrace stop; ESRCH says that it is not, or is gone.
 */
public final class Ptrace {
  public static final int PTRACE_O_TRACESYSGOOD = 0x01;
  public static final int PTRACE_O_TRACEFORK = 0x02;
  public static final int PTRACE_O_TRACEVFORK = 0x04;
  public static final int PTRACE_O_TRACECLONE = 0x08;
  public static final int PTRACE_O_TRACEEXEC = 0x10;
  public static final int PTRACE_O_TRACEVFORKDONE = 0x20;
  public static final int PTRACE_O_TRACEEXIT = 0x40;
  public static final int PTRACE_O_TRACESECCOMP = 0x80;
  public static final int PTRACE_O_EXITKILL = 1 << 20;
  public static final int PTRACE_O_SUSPEND_SECCOMP = 1 << 21;

  public static final int PTRACE_EVENT_FORK = 1;
  public static final int PTRACE_EVENT_VFORK = 2;
  public static final int PTRACE_EVENT_CLONE = 3;
  public static final int PTRACE_EVENT_EXEC = 4;
  public static final int PTRACE_EVENT_VFORK_DONE = 5;
  public static final int PTRACE_EVENT_EXIT = 6;
  public static final int PTRACE_EVENT_SECCOMP = 7;
  public static final int PTRACE_EVENT_STOP = 128;

  /** General registers. */
  public static final int NT_PRSTATUS = 1;

  /** Floating point registers. */
  public static final int NT_PRFPREG = 2;

  /** x86: all that XSAVE holds. */
  public static final int NT_X86_XSTATE = 0x202;

  /** x86: the shadow stack pointer. */
  public static final int NT_X86_SHSTK = 0x204;

  static final int GET_SYSCALL_INFO = 0x420e;
  static final int GET_RSEQ_CONFIGURATION = 0x420f;
  static final int GET_SYSCALL_USER_DISPATCH_CONFIG = 0x4211;
  static final int SECCOMP_GET_FILTER = 0x420c;
  static final int SECCOMP_GET_METADATA = 0x420d;

  /** {@code struct ptrace_peeksiginfo_args}. */
  static final StructLayout PEEK =
      structLayout(JAVA_LONG.withName("off"), JAVA_INT.withName("flags"), JAVA_INT.withName("nr"))
          .withName("struct ptrace_peeksiginfo_args");

  private static final long PEEK_OFF = PEEK.byteOffset(groupElement("off"));
  private static final long PEEK_FLAGS = PEEK.byteOffset(groupElement("flags"));
  private static final long PEEK_NR = PEEK.byteOffset(groupElement("nr"));
  private static final int PEEK_BATCH = 32;
  private static final int REGSET_BYTES = 16 << 10; // XSAVE with AMX tiles has 11 KiB

  private static final int PEEKDATA = 2;
  private static final int POKEDATA = 5;
  private static final int CONT = 7;
  private static final int SINGLESTEP = 9;
  private static final int DETACH = 17;
  private static final int SYSCALL = 24;
  private static final int SETOPTIONS = 0x4200;
  private static final int GETEVENTMSG = 0x4201;
  private static final int GETSIGINFO = 0x4202;
  private static final int SETSIGINFO = 0x4203;
  private static final int GETREGSET = 0x4204;
  private static final int SETREGSET = 0x4205;
  private static final int SEIZE = 0x4206;
  private static final int INTERRUPT = 0x4207;
  private static final int LISTEN = 0x4208;
  private static final int PEEKSIGINFO = 0x4209;
  private static final int GETSIGMASK = 0x420a;
  private static final int SETSIGMASK = 0x420b;

  private Ptrace() {}

  /**
   * Becomes a thread's tracer without stopping it.
   *
   * @param tid the thread
   * @param options {@code PTRACE_O_} bits
   * @throws SyscallException EPERM when it may not be traced or is traced already, ESRCH
   */
  public static void seize(int tid, int options) throws SyscallException {
    call(SEIZE, tid, 0, options, "SEIZE");
  }

  /**
   * Asks a seized thread to stop; wait for the stop with {@link Processes#await}.
   *
   * @param tid the thread
   * @throws SyscallException ESRCH when it has ended
   */
  public static void interrupt(int tid) throws SyscallException {
    call(INTERRUPT, tid, 0, 0, "INTERRUPT");
  }

  /**
   * Lets it go on.
   *
   * @param tid the thread
   * @param signal to deliver, 0 for none
   * @throws SyscallException ESRCH
   */
  public static void cont(int tid, int signal) throws SyscallException {
    call(CONT, tid, 0, signal, "CONT");
  }

  /**
   * Lets it go on up to the next entry or exit of a system call.
   *
   * @param tid the thread
   * @param signal to deliver, 0 for none
   * @throws SyscallException ESRCH
   */
  public static void syscall(int tid, int signal) throws SyscallException {
    call(SYSCALL, tid, 0, signal, "SYSCALL");
  }

  /**
   * Lets it go on for one instruction.
   *
   * @param tid the thread
   * @param signal to deliver, 0 for none
   * @throws SyscallException ESRCH
   */
  public static void step(int tid, int signal) throws SyscallException {
    call(SINGLESTEP, tid, 0, signal, "SINGLESTEP");
  }

  /**
   * Keeps a thread in its group stop, but lets SIGCONT end it.
   *
   * @param tid the thread, in a group stop
   * @throws SyscallException ESRCH, EIO when it is not in a group stop
   */
  public static void listen(int tid) throws SyscallException {
    call(LISTEN, tid, 0, 0, "LISTEN");
  }

  /**
   * Lets it go, and go on.
   *
   * @param tid the thread
   * @param signal to deliver, 0 for none
   * @throws SyscallException ESRCH
   */
  public static void detach(int tid, int signal) throws SyscallException {
    call(DETACH, tid, 0, signal, "DETACH");
  }

  /**
   * Replaces the options.
   *
   * @param tid the thread
   * @param options {@code PTRACE_O_} bits
   * @throws SyscallException ESRCH, EPERM for suspending seccomp without CAP_SYS_ADMIN
   */
  public static void setOptions(int tid, int options) throws SyscallException {
    call(SETOPTIONS, tid, 0, options, "SETOPTIONS");
  }

  /**
   * What came with the last event: a new thread's id, an exit status, a filter's data.
   *
   * @param tid the thread
   * @return the message
   * @throws SyscallException ESRCH
   */
  public static long getEventMessage(int tid) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment message = scratch.allocate(Long.BYTES);
      call(GETEVENTMSG, tid, 0, message.address(), "GETEVENTMSG");
      return message.get(JAVA_LONG, 0);
    }
  }

  /**
   * Reads a set of registers.
   *
   * @param tid the thread
   * @param type {@code NT_} value
   * @param into native memory; more than the set has is fine
   * @return bytes that the set has, at most the memory's size
   * @throws SyscallException EINVAL or ENODEV when the processor has no such set
   */
  public static int getRegset(int tid, int type, MemorySegment into) throws SyscallException {
    return regset(GETREGSET, tid, type, into, "GETREGSET");
  }

  /**
   * Writes a set of registers.
   *
   * @param tid the thread
   * @param type {@code NT_} value
   * @param from native memory
   * @throws SyscallException EINVAL for a value that the kernel refuses
   */
  public static void setRegset(int tid, int type, MemorySegment from) throws SyscallException {
    regset(SETREGSET, tid, type, from, "SETREGSET");
  }

  /**
   * The signal it is stopped for.
   *
   * @param tid the thread, in a signal stop
   * @return the signal
   * @throws SyscallException EINVAL when it is in a group stop
   */
  public static SigInfo getSigInfo(int tid) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment info = scratch.allocate(SigInfo.BYTES);
      call(GETSIGINFO, tid, 0, info.address(), "GETSIGINFO");
      return SigInfo.read(info, 0);
    }
  }

  /**
   * Replaces the signal it is stopped for.
   *
   * @param tid the thread, in a signal stop
   * @param info the new signal
   * @throws SyscallException EINVAL when it is in a group stop
   */
  public static void setSigInfo(int tid, SigInfo info) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      call(SETSIGINFO, tid, 0, scratch.bytes(info.bytes()).address(), "SETSIGINFO");
    }
  }

  /**
   * All pending signals, in the order they were sent; they stay pending.
   *
   * @param tid the thread
   * @param shared the queue of the whole process instead of the thread's own
   * @return the signals
   * @throws SyscallException ESRCH
   */
  public static List<SigInfo> peekSigInfo(int tid, boolean shared) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment request = scratch.allocate(PEEK);
      MemorySegment batch = scratch.allocateDirty((long) PEEK_BATCH * SigInfo.BYTES);
      request.set(JAVA_INT, PEEK_FLAGS, shared ? 1 : 0);
      request.set(JAVA_INT, PEEK_NR, PEEK_BATCH);
      List<SigInfo> queue = new ArrayList<>(0);
      long found;
      do {
        request.set(JAVA_LONG, PEEK_OFF, queue.size());
        found = call(PEEKSIGINFO, tid, request.address(), batch.address(), "PEEKSIGINFO");
        for (int i = 0; i < found; i++) {
          queue.add(SigInfo.read(batch, (long) i * SigInfo.BYTES));
        }
      } while (found == PEEK_BATCH);
      return queue;
    }
  }

  /**
   * Which signals it blocks.
   *
   * @param tid the thread
   * @return bit n - 1 for signal n
   * @throws SyscallException ESRCH
   */
  public static long getSignalMask(int tid) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment mask = scratch.allocate(Long.BYTES);
      call(GETSIGMASK, tid, Long.BYTES, mask.address(), "GETSIGMASK");
      return mask.get(JAVA_LONG, 0);
    }
  }

  /**
   * Sets which signals it blocks.
   *
   * @param tid the thread
   * @param signals bit n - 1 for signal n
   * @throws SyscallException ESRCH
   */
  public static void setSignalMask(int tid, long signals) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment mask = scratch.allocate(Long.BYTES);
      mask.set(JAVA_LONG, 0, signals);
      call(SETSIGMASK, tid, Long.BYTES, mask.address(), "SETSIGMASK");
    }
  }

  /**
   * Reads a word of its memory, whatever the protection.
   *
   * @param tid the thread
   * @param address where
   * @return eight bytes
   * @throws SyscallException EIO when nothing is mapped there
   */
  public static long peek(int tid, long address) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment word = scratch.allocate(Long.BYTES);
      call(PEEKDATA, tid, address, word.address(), "PEEKDATA");
      return word.get(JAVA_LONG, 0);
    }
  }

  /**
   * Writes a word of its memory, whatever the protection; private mappings are copied.
   *
   * @param tid the thread
   * @param address where
   * @param word eight bytes
   * @throws SyscallException EIO when nothing is mapped there
   */
  public static void poke(int tid, long address, long word) throws SyscallException {
    call(POKEDATA, tid, address, word, "POKEDATA");
  }

  /**
   * Reads a set of registers whose size only the kernel knows.
   *
   * @param tid the thread
   * @param type {@code NT_} value
   * @return the whole set
   * @throws SyscallException EINVAL or ENODEV when the processor has no such set
   */
  public static byte[] getRegset(int tid, int type) throws SyscallException {
    for (int room = REGSET_BYTES; ; room *= 2) {
      try (Scratch scratch = Scratch.open()) {
        MemorySegment set = scratch.allocateDirty(room);
        int bytes = getRegset(tid, type, set);
        if (bytes < room) {
          return set.asSlice(0, bytes).toArray(JAVA_BYTE);
        }
      }
    }
  }

  static long call(int request, int tid, long address, long data, String name)
      throws SyscallException {
    long answer = Syscall.raw(SyscallNumber.PTRACE, request, tid, address, data);
    if (answer < 0) {
      throw Syscall.failure(answer, "ptrace " + name + " " + tid);
    }
    return answer;
  }

  private static int regset(int request, int tid, int type, MemorySegment memory, String name)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment vector = scratch.allocate(IoVector.LAYOUT);
      IoVector.write(vector, Syscall.address(memory), memory.byteSize());
      call(request, tid, type, vector.address(), name);
      return (int) IoVector.length(vector);
    } finally {
      Reference.reachabilityFence(memory);
    }
  }
}
