package org.stasis.engine.capture;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.stasis.engine.x86.Stub;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Futex;
import org.stasis.linux.Mapping;
import org.stasis.linux.Open;
import org.stasis.linux.Syscall;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.AgentBlob;
import org.stasis.linux.agent.Channel;
import org.stasis.linux.agent.Liveness;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;
import org.stasis.linux.agent.ProgramHead;
import org.stasis.linux.x86.UserRegs;

/**
 * The agent inside a stopped process: placed there, run, and taken out again, so that the process
 * is as it was. It lives in shared anonymous memory which the process maps and the engine opens
 * through {@code /proc/PID/map_files}: the code with a stub for each thread, the channel with the
 * programs, a stack for each thread.
 *
 * <p>At no moment depends the process on the engine: each system call that it makes for us goes
 * through a {@link Stub}, which leads home, and the agent goes home when the {@link Liveness} of
 * its channel ends.
 */
final class Parasite {
  private static final int PAGE = 4096;
  private static final int STACK_BYTES = 32 << 10; // a signal frame with AMX state takes 11 KiB
  private static final int MAP_SHARED_ANONYMOUS = 0x21;
  private static final int PROT_READ_WRITE = 3;
  private static final int PROT_READ_EXEC = 5;
  private static final long LOOK_AROUND_NANOS = 20_000_000;

  /** Within this the kernel has ended the tracing of an engine that was killed. */
  private static final long END_OF_TRACING_NANOS = 500_000_000;

  private final int pid;
  private final List<SeizedThread> threads;
  private final StubPlace place;
  private final AgentBlob blob;
  private final Liveness liveness;
  private final Tracer tracer;

  /** Some thread does not stop: it goes home by itself, and its way there must stay. */
  private boolean left;

  /**
   * Prepares the agent for one process.
   *
   * @param pid the process, in the engine's pid namespace
   * @param threads all of its threads, the leader first, stopped
   * @param place where the leader's stub can be
   * @param blob the agent
   * @param liveness of the session's thread
   * @param tracer waits for the threads
   */
  Parasite(
      int pid,
      List<SeizedThread> threads,
      StubPlace place,
      AgentBlob blob,
      Liveness liveness,
      Tracer tracer) {
    this.pid = pid;
    this.threads = threads;
    this.place = place;
    this.blob = blob;
    this.liveness = liveness;
    this.tracer = tracer;
  }

  /**
   * Runs one program in each thread and takes the agent out again.
   *
   * @param plan holds the programs
   * @param programs one for each thread, in the same order
   * @param reader gets the channel with the results
   * @throws SyscallException when the process is gone, or refuses
   */
  void run(Plan plan, List<Program> programs, ChannelReader reader) throws SyscallException {
    SeizedThread leader = threads.getFirst();
    Layout layout = new Layout(blob, plan, threads.size());
    StubPlace.Placed stub = place.put(Stub.of(blob, leader.regs(), leader.signalMask()));
    try {
      long area =
          Syscall.check(
              leader.call(
                  stub.address(),
                  SyscallNumber.MMAP,
                  0,
                  layout.bytes(),
                  PROT_READ_EXEC,
                  MAP_SHARED_ANONYMOUS,
                  -1,
                  0),
              "mapping the agent in process " + pid);
      try (Unmapping _ = new Unmapping(stub.address(), area, layout.bytes());
          Mapping mapping = open(area, layout.bytes())) {
        MemorySegment channel = mapping.memory().asSlice(layout.codeBytes());
        // never writable and executable at once, and never executable after having been writable
        Syscall.check(
            leader.call(
                stub.address(),
                SyscallNumber.MPROTECT,
                area + layout.codeBytes(),
                layout.bytes() - layout.codeBytes(),
                PROT_READ_WRITE,
                0,
                0,
                0),
            "protecting the agent in process " + pid);
        liveness.watch(channel);
        try {
          placeCode(mapping.memory(), layout);
          Plan.LaidOut laidOut = plan.layOut(channel, 0);
          runAll(programs, laidOut, area, layout, new Channel(channel), stub);
          reader.read(channel, laidOut);
        } finally {
          if (left) {
            liveness.abandon(channel);
          }
          liveness.forget(channel);
        }
      }
    } finally {
      leader.bringHome();
      stub.remove(); // not when that failed
    }
  }

  private Mapping open(long area, long bytes) throws SyscallException {
    String path =
        "/proc/"
            + pid
            + "/map_files/"
            + Long.toHexString(area)
            + "-"
            + Long.toHexString(area + bytes);
    try (Fd file = Fd.open(path, Open.O_RDWR)) {
      return Mapping.shared(file, bytes);
    }
  }

  private void placeCode(MemorySegment area, Layout layout) {
    MemorySegment.copy(MemorySegment.ofArray(blob.code()), 0, area, 0, blob.sizeBytes());
    for (int i = 0; i < threads.size(); i++) {
      byte[] stub = Stub.of(blob, threads.get(i).regs(), threads.get(i).signalMask());
      MemorySegment.copy(MemorySegment.ofArray(stub), 0, area, layout.stub(i), stub.length);
    }
  }

  private void runAll(
      List<Program> programs,
      Plan.LaidOut laidOut,
      long area,
      Layout layout,
      Channel channel,
      StubPlace.Placed leadersStub)
      throws SyscallException {
    int started = 0;
    try {
      for (; started < threads.size(); started++) {
        long program = laidOut.offset(programs.get(started));
        ProgramHead.comeback(
            channel.memory(), program, area + layout.stub(started) + blob.stubReturn());
        if (threads.get(started).confined()) {
          ProgramHead.linger(channel.memory(), program, END_OF_TRACING_NANOS);
        }
        UserRegs regs = threads.get(started).regs();
        regs.rip(area + blob.parasiteEntry());
        regs.rsp(area + layout.stackTop(started));
        regs.rdi(area + layout.codeBytes());
        regs.rsi(area + layout.codeBytes() + program);
        threads.get(started).sendAway(regs);
        threads.get(started).go();
      }
      awaitDone(programs, laidOut, channel);
    } finally {
      takeBack(started, leadersStub);
    }
  }

  /**
   * Stops all threads in the agent and brings them home: all but the leader, which has something
   * left to do and gets to its stub. None may be in the agent when its channel is forgotten.
   */
  private void takeBack(int started, StubPlace.Placed leadersStub) throws SyscallException {
    SyscallException failure = null;
    for (int i = 0; i < started; i++) {
      try {
        SeizedThread thread = threads.get(i);
        thread.halt();
        if (i > 0) {
          thread.bringHome();
        } else {
          UserRegs wayHome = thread.regs();
          wayHome.rip(leadersStub.address() + blob.stubReturn());
          thread.sendAway(wayHome);
        }
      } catch (SyscallException e) {
        left |= !e.is(Errno.ESRCH);
        threads.get(i).leaveAlone();
        failure = failure == null ? e : failure;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void awaitDone(List<Program> programs, Plan.LaidOut laidOut, Channel channel)
      throws SyscallException {
    for (Program program : programs) {
      for (int i = 0; ; i++) {
        int events = channel.events();
        ProgramHead.State state = laidOut.state(channel.memory(), program);
        if (state == ProgramHead.State.DONE) {
          break;
        }
        if (state == ProgramHead.State.FAILED) {
          throw new AssertionError(
              "a harvest program failed: " + laidOut.failure(channel.memory()));
        }
        Futex.await(channel.eventsWord(), events, LOOK_AROUND_NANOS);
        if (i > 0) {
          tracer.await("the agent in process " + pid, () -> channel.events() != events);
        }
      }
    }
  }

  /**
   * Where things are in the area, in bytes from its start.
   *
   * @param codeBytes the code and the stubs, whole pages
   * @param channelBytes the channel, whole pages
   * @param stubsAt where the stubs begin
   * @param stubBytes how large a stub is
   * @param threads how many
   */
  private record Layout(
      long codeBytes, long channelBytes, long stubsAt, long stubBytes, int threads) {
    Layout(AgentBlob blob, Plan plan, int threads) {
      this(
          align((blob.sizeBytes() + 15L & -16) + (long) blob.stub().length * threads),
          align(plan.sizeBytes()),
          blob.sizeBytes() + 15L & -16,
          blob.stub().length,
          threads);
    }

    private static long align(long bytes) {
      return (bytes + PAGE - 1) & -PAGE;
    }

    long bytes() {
      return codeBytes + channelBytes + (long) threads * STACK_BYTES;
    }

    long stub(int thread) {
      return stubsAt + thread * stubBytes;
    }

    long stackTop(int thread) {
      return codeBytes + channelBytes + (thread + 1L) * STACK_BYTES;
    }
  }

  /** Unmaps the area when closed, unless somebody may be in there. */
  private final class Unmapping implements AutoCloseable {
    private final long stub;
    private final long area;
    private final long bytes;

    Unmapping(long stub, long area, long bytes) {
      this.stub = stub;
      this.area = area;
      this.bytes = bytes;
    }

    @Override
    public void close() throws SyscallException {
      if (!left) {
        Syscall.check(
            threads.getFirst().call(stub, SyscallNumber.MUNMAP, area, bytes, 0, 0, 0, 0),
            "unmapping the agent");
      }
    }
  }
}
