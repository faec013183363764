package org.stasis.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;

/**
 * The one door to the kernel: syscall(2) with up to six integer arguments.
 *
 * <p>Every call of this package goes through a single downcall handle, because linking a handle
 * costs more than ten milliseconds in a cold JVM. Pointers are passed as addresses; the caller
 * keeps the segment they point into reachable for as long as the call lasts.
 */
public final class Syscall {
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final long ERRNO =
      STATE.byteOffset(java.lang.foreign.MemoryLayout.PathElement.groupElement("errno"));
  private static final MethodHandle SYSCALL =
      link(Linker.nativeLinker().defaultLookup().findOrThrow("syscall"));
  private static final ThreadLocal<MemorySegment> CALL_STATE =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(STATE));

  private Syscall() {}

  /**
   * Links a function the way syscall(2) is linked. The linker keeps what it made for one shape of
   * call, so a second function of this shape costs next to nothing.
   *
   * @param function native code that takes up to seven integers or addresses
   * @return to be invoked exactly, with {@link #callState} and seven longs; returns a long
   */
  public static MethodHandle link(MemorySegment function) {
    return Linker.nativeLinker()
        .downcallHandle(
            function,
            FunctionDescriptor.of(
                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                JAVA_LONG),
            Linker.Option.captureCallState("errno"),
            Linker.Option.firstVariadicArg(1));
  }

  /**
   * Where a call leaves errno.
   *
   * @return the calling thread's own
   */
  public static MemorySegment callState() {
    return CALL_STATE.get();
  }

  /**
   * Makes a system call and returns what the kernel answered.
   *
   * @param number the call's number on this architecture, see {@link SyscallNumber}
   * @param a first argument
   * @param b second argument
   * @param c third argument
   * @param d fourth argument
   * @param e fifth argument
   * @param f sixth argument
   * @return the result, or the negated error number
   */
  public static long raw(int number, long a, long b, long c, long d, long e, long f) {
    MemorySegment state = CALL_STATE.get();
    long result;
    try {
      result = (long) SYSCALL.invokeExact(state, (long) number, a, b, c, d, e, f);
    } catch (Throwable t) {
      throw new AssertionError("syscall " + number, t);
    }
    return result == -1 ? -state.get(JAVA_INT, ERRNO) : result;
  }

  /**
   * Makes a system call of no argument; see {@link #raw(int, long, long, long, long, long, long)}.
   *
   * @param number the call's number
   * @return the result, or the negated error number
   */
  public static long raw(int number) {
    return raw(number, 0, 0, 0, 0, 0, 0);
  }

  /**
   * Makes a system call of one argument; see {@link #raw(int, long, long, long, long, long, long)}.
   *
   * @param number the call's number
   * @param a first argument
   * @return the result, or the negated error number
   */
  public static long raw(int number, long a) {
    return raw(number, a, 0, 0, 0, 0, 0);
  }

  /**
   * Makes a system call of two arguments; see {@link #raw(int, long, long, long, long, long,
   * long)}.
   *
   * @param number the call's number
   * @param a first argument
   * @param b second argument
   * @return the result, or the negated error number
   */
  public static long raw(int number, long a, long b) {
    return raw(number, a, b, 0, 0, 0, 0);
  }

  /**
   * Makes a system call of three arguments; see {@link #raw(int, long, long, long, long, long,
   * long)}.
   *
   * @param number the call's number
   * @param a first argument
   * @param b second argument
   * @param c third argument
   * @return the result, or the negated error number
   */
  public static long raw(int number, long a, long b, long c) {
    return raw(number, a, b, c, 0, 0, 0);
  }

  /**
   * Makes a system call of four arguments; see {@link #raw(int, long, long, long, long, long,
   * long)}.
   *
   * @param number the call's number
   * @param a first argument
   * @param b second argument
   * @param c third argument
   * @param d fourth argument
   * @return the result, or the negated error number
   */
  public static long raw(int number, long a, long b, long c, long d) {
    return raw(number, a, b, c, d, 0, 0);
  }

  /**
   * Turns a raw answer into a result or an exception.
   *
   * @param answer what {@code raw} returned
   * @param call the call and its subject, for the message; give constant text on hot paths
   * @return the answer, when it is no error
   * @throws SyscallException when it is one
   */
  public static long check(long answer, String call) throws SyscallException {
    if (answer < 0 && answer >= -4095) {
      throw new SyscallException(call, (int) -answer);
    }
    return answer;
  }

  /**
   * Describes a failed call; for callers whose message is worth making only then.
   *
   * @param answer what {@code raw} returned, a negated error number
   * @param call the call and its subject
   * @return the exception, to be thrown
   */
  public static SyscallException failure(long answer, String call) {
    return new SyscallException(call, (int) -answer);
  }

  /**
   * Makes sure that a segment can be handed to the kernel.
   *
   * @param segment native memory
   * @return its address
   */
  static long address(MemorySegment segment) {
    if (!segment.isNative()) {
      throw new IllegalArgumentException("heap memory cannot be given to the kernel");
    }
    return segment.address();
  }
}
