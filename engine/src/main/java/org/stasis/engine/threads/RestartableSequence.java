package org.stasis.engine.threads;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalLong;
import org.stasis.images.proto.RseqEntry;
import org.stasis.images.proto.ThreadCoreEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.ProcessVm;
import org.stasis.linux.RseqConfiguration;
import org.stasis.linux.SyscallException;

/**
 * A thread's area for restartable sequences, rseq(2), and the critical section it was stopped in.
 *
 * <p>The kernel aborts a section when it preempts, signals or moves its thread, and forgets it when
 * it finds the thread elsewhere: in our code, for example. So whoever takes a thread out of a
 * section has to abort it, as the kernel would have done ({@code kernel/rseq.c}).
 *
 * @param registration the area; its address is 0 when there is none
 * @param abort where the thread has to go on instead; nothing when it is in no section
 */
public record RestartableSequence(RseqConfiguration registration, OptionalLong abort) {
  /** {@code rseq_cs} of {@code struct rseq}. */
  private static final long SECTION = 8;

  /** {@code start_ip}, {@code post_commit_offset}, {@code abort_ip} of {@code struct rseq_cs}. */
  private static final long START = 8;

  private static final long LENGTH = 16;
  private static final long ABORT = 24;
  private static final long SECTION_BYTES = 32;

  /**
   * Asks a stopped thread.
   *
   * @param tid a tracee of the calling thread
   * @param at its instruction pointer
   * @return what it has registered
   * @throws SyscallException when it is gone
   */
  public static RestartableSequence of(int tid, long at) throws SyscallException {
    RseqConfiguration registration = RseqConfiguration.of(tid);
    if (registration.pointer() == 0) {
      return new RestartableSequence(registration, OptionalLong.empty());
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(SECTION_BYTES, Long.BYTES);
      MemorySegment pointer = memory.asSlice(0, Long.BYTES);
      ProcessVm.readFully(tid, registration.pointer() + SECTION, pointer);
      long section = pointer.get(ValueLayout.JAVA_LONG, 0);
      if (section == 0) {
        return new RestartableSequence(registration, OptionalLong.empty());
      }
      ProcessVm.readFully(tid, section, memory);
      return new RestartableSequence(registration, abort(memory, at));
    } catch (SyscallException e) {
      if (e.is(Errno.EFAULT)) { // it points nowhere: the kernel's business when the thread goes on
        return new RestartableSequence(registration, OptionalLong.empty());
      }
      throw e;
    }
  }

  /**
   * Where a section's thread goes on when it is aborted.
   *
   * @param section a {@code struct rseq_cs}
   * @param at the instruction pointer
   * @return nothing when that is not in the section
   */
  static OptionalLong abort(MemorySegment section, long at) {
    long start = section.get(ValueLayout.JAVA_LONG, START);
    long length = section.get(ValueLayout.JAVA_LONG, LENGTH);
    return Long.compareUnsigned(at - start, length) < 0
        ? OptionalLong.of(section.get(ValueLayout.JAVA_LONG, ABORT))
        : OptionalLong.empty();
  }

  /**
   * Writes the registration down.
   *
   * @param into the thread's core
   */
  public void capture(ThreadCoreEntry.Builder into) {
    if (registration.pointer() != 0) {
      into.setRseqEntry(
          RseqEntry.newBuilder()
              .setRseqAbiPointer(registration.pointer())
              .setRseqAbiSize(registration.size())
              .setSignature(registration.signature()));
    }
  }
}
