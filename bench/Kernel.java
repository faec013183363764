import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The few calls the JDK has no word for. Errors show in what comes after: nothing here needs errno. */
final class Kernel {
  static final int SIGKILL = 9;
  static final int SIGUSR1 = 10;
  private static final int PR_SET_CHILD_SUBREAPER = 36;

  private static final MethodHandle PRCTL =
      handle("prctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG), Linker.Option.firstVariadicArg(1));
  private static final MethodHandle KILL = handle("kill", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle WAITPID =
      handle("waitpid", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));

  private Kernel() {}

  private static MethodHandle handle(String name, FunctionDescriptor descriptor, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor, options);
  }

  /** From now on orphans become this process's children, so that it can reap them and their pids are free again. */
  static void adoptOrphans() {
    call(() -> (int) PRCTL.invokeExact(PR_SET_CHILD_SUBREAPER, 1L));
  }

  static void kill(long pid, int signal) {
    call(() -> (int) KILL.invokeExact((int) pid, signal));
  }

  /** Waits for the end of an adopted child. Not for one the JDK started: it waits for these itself. */
  static void reap(long pid) {
    call(() -> (int) WAITPID.invokeExact((int) pid, MemorySegment.NULL, 0));
  }

  private interface Call {
    int make() throws Throwable;
  }

  private static void call(Call call) {
    try {
      call.make();
    } catch (Throwable e) { // a wrong descriptor
      throw new AssertionError(e);
    }
  }
}
