package org.stasis.engine.capture;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Mapping;
import org.stasis.linux.SyscallException;
import org.stasis.linux.agent.AgentBlob;
import org.stasis.linux.proc.MapEntry;

/**
 * Where a process can execute a few hundred bytes of ours before it has mapped anything for us: the
 * unused end of the vDSO's last page, or of another executable mapping of a file. Nothing of the
 * process is there but zeros, and zeros are put back; or the stub of an engine that was killed.
 */
final class StubPlace {
  private static final int PAGE = 4096;
  private static final int ALIGNMENT = 64;
  private static final int READ_EXEC = Mapping.PROT_READ | Mapping.PROT_EXEC;

  private final Fd memory;
  private final long address;

  private StubPlace(Fd memory, long address) {
    this.memory = memory;
    this.address = address;
  }

  /**
   * Looks for a place.
   *
   * @param memory {@code /proc/PID/mem}, open for writing; written with FOLL_FORCE
   * @param maps the process's mappings
   * @param blob has the stub
   * @param threads of the process, stopped: one may be in the stub of an engine that died
   * @return a place; null when no executable mapping ends with so many zeros
   * @throws SyscallException when the memory cannot be read
   */
  static @Nullable StubPlace find(
      Fd memory, List<MapEntry> maps, AgentBlob blob, List<SeizedThread> threads)
      throws SyscallException {
    for (MapEntry entry : maps) {
      if (entry.name().equals("[vdso]")) {
        StubPlace place = atEnd(memory, entry, blob, threads);
        if (place != null) {
          return place;
        }
      }
    }
    for (MapEntry entry : maps) {
      if (entry.isFile() && !entry.shared() && (entry.protection() & READ_EXEC) == READ_EXEC) {
        StubPlace place = atEnd(memory, entry, blob, threads);
        if (place != null) {
          return place;
        }
      }
    }
    return null;
  }

  private static @Nullable StubPlace atEnd(
      Fd memory, MapEntry entry, AgentBlob blob, List<SeizedThread> threads)
      throws SyscallException {
    byte[] page = new byte[PAGE];
    if (memory.pread(page, 0, PAGE, entry.end() - PAGE) != PAGE) {
      return null;
    }
    int start = (PAGE - blob.stub().length) & -ALIGNMENT;
    long address = entry.end() - PAGE + start;
    int used = PAGE;
    while (used > 0 && page[used - 1] == 0) {
      used--;
    }
    // a little more than needed: a zero may be the end of something
    boolean free = used + ALIGNMENT <= start;
    return free || isLeftover(page, start, blob, address, threads)
        ? new StubPlace(memory, address)
        : null;
  }

  /** Whether an engine that was killed has left its stub there, and all threads have left it. */
  private static boolean isLeftover(
      byte[] page, int start, AgentBlob blob, long address, List<SeizedThread> threads) {
    byte[] stub = blob.stub();
    int code = blob.stubContext();
    if (!Arrays.equals(stub, 0, code, page, start, start + code)) {
      return false;
    }
    for (SeizedThread thread : threads) {
      long at = thread.regs().rip() - address;
      if (at >= 0 && at < stub.length) {
        return false;
      }
    }
    return true;
  }

  /**
   * Puts code there.
   *
   * @param code the stub
   * @return where it is
   * @throws SyscallException when the process's memory cannot be written
   */
  Placed put(byte[] code) throws SyscallException {
    write(memory, code, address);
    return new Placed(memory, address, code.length);
  }

  private static void write(Fd memory, byte[] code, long address) throws SyscallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(code.length);
      MemorySegment.copy(code, 0, bytes, ValueLayout.JAVA_BYTE, 0, code.length);
      if (memory.pwrite(bytes, address) != code.length) {
        throw new SyscallException("writing the stub", Errno.EFAULT.number());
      }
    }
  }

  /**
   * Code in place.
   *
   * @param memory of the process
   * @param address of the code
   * @param length of the code, in bytes
   */
  record Placed(Fd memory, long address, int length) {
    /**
     * Puts the zeros back.
     *
     * @throws SyscallException when the process is gone
     */
    void remove() throws SyscallException {
      write(memory, new byte[length], address);
    }
  }
}
