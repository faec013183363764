package org.stasis.linux.x86;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.stasis.linux.Fd;
import org.stasis.linux.Mapping;
import org.stasis.linux.Memfd;
import org.stasis.linux.Syscall;
import org.stasis.linux.SyscallException;
import org.stasis.linux.agent.AgentBlob;

/**
 * The CPUID instruction, which no system call stands for: the one function of agent.bin that the
 * engine calls itself.
 */
public final class Cpuid {
  private static final long PAGE = 4096;

  private final MethodHandle function;

  /**
   * Maps the agent's code into this process, where it stays.
   *
   * @param blob the agent
   * @throws SyscallException when executable memory cannot be had
   */
  public Cpuid(AgentBlob blob) throws SyscallException {
    try (Fd file = Memfd.create("stasis-cpuid", Memfd.MFD_CLOEXEC)) {
      long bytes = (blob.sizeBytes() + PAGE - 1) & -PAGE;
      file.truncate(bytes);
      file.write(blob.code(), 0, blob.sizeBytes());
      Mapping code =
          Mapping.map(file, 0, bytes, Mapping.PROT_READ | Mapping.PROT_EXEC, Mapping.MAP_SHARED);
      function = Syscall.link(code.memory().asSlice(blob.cpuid()));
    }
  }

  /**
   * Executes the instruction.
   *
   * @param leaf in EAX
   * @param subleaf in ECX
   * @return EAX, EBX, ECX, EDX
   */
  public int[] ask(int leaf, int subleaf) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment answer = arena.allocate(16, 4);
      long _ =
          (long)
              function.invokeExact(
                  Syscall.callState(),
                  (long) leaf,
                  (long) subleaf,
                  answer.address(),
                  0L,
                  0L,
                  0L,
                  0L);
      return answer.toArray(JAVA_INT);
    } catch (Throwable e) {
      throw new AssertionError("cpuid", e);
    }
  }
}
