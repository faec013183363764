package org.stasis.namespaces;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.stasis.images.proto.TimensEntry;
import org.stasis.images.proto.Timespec;
import org.stasis.linux.Clock;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.ThreadNamespaces;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;
import org.stasis.linux.proc.TimeOffsets;

/**
 * The clocks of a tree, time_namespaces(7). Images hold what the tree would have read from its
 * clocks at the dump. A restored tree always gets a time namespace, so that its clocks go on from
 * there, on whatever machine.
 */
final class TimeNamespace {
  private static final long NANOS = 1_000_000_000L;

  private TimeNamespace() {}

  /**
   * Clock readings, or differences of them.
   *
   * @param monotonicNanos CLOCK_MONOTONIC
   * @param boottimeNanos CLOCK_BOOTTIME
   */
  record Clocks(long monotonicNanos, long boottimeNanos) {
    /** What this process reads. */
    static Clocks now() throws SyscallException {
      return new Clocks(Clock.read(Clock.CLOCK_MONOTONIC), Clock.read(Clock.CLOCK_BOOTTIME));
    }

    static Clocks of(TimensEntry entry) {
      return new Clocks(nanos(entry.getMonotonic()), nanos(entry.getBoottime()));
    }

    private static long nanos(Timespec time) {
      return time.getTvSec() * NANOS + time.getTvNsec();
    }

    static Clocks of(@Nullable TimeOffsets offsets) {
      return offsets == null
          ? new Clocks(0, 0)
          : new Clocks(
              offsets.monotonicSeconds() * NANOS + offsets.monotonicNanos(),
              offsets.boottimeSeconds() * NANOS + offsets.boottimeNanos());
    }

    Clocks plus(Clocks other) {
      return new Clocks(monotonicNanos + other.monotonicNanos, boottimeNanos + other.boottimeNanos);
    }

    Clocks minus(Clocks other) {
      return new Clocks(monotonicNanos - other.monotonicNanos, boottimeNanos - other.boottimeNanos);
    }
  }

  /**
   * What a tree reads from its clocks.
   *
   * @param here what this process reads
   * @param hereOffsets of the time namespace of this process
   * @param treeOffsets of the tree's
   */
  static TimensEntry entry(
      Clocks here, @Nullable TimeOffsets hereOffsets, @Nullable TimeOffsets treeOffsets) {
    Clocks there = here.minus(Clocks.of(hereOffsets)).plus(Clocks.of(treeOffsets));
    return TimensEntry.newBuilder()
        .setMonotonic(timespec(there.monotonicNanos()))
        .setBoottime(timespec(there.boottimeNanos()))
        .build();
  }

  private static Timespec timespec(long nanos) {
    return Timespec.newBuilder()
        .setTvSec(Math.floorDiv(nanos, NANOS))
        .setTvNsec(Math.floorMod(nanos, NANOS))
        .build();
  }

  /**
   * Appends the making of a time namespace for the root task.
   *
   * @param rootAgent its program
   * @param plan takes data
   * @param entry what the tree shall read from its clocks
   * @param here what this process reads now
   * @param hereOffsets of the time namespace of this process
   */
  static void plan(
      Program rootAgent,
      Plan plan,
      TimensEntry entry,
      Clocks here,
      @Nullable TimeOffsets hereOffsets) {
    Clocks offsets = Clocks.of(entry).minus(here).plus(Clocks.of(hereOffsets));
    rootAgent.why("making a time namespace");
    rootAgent.call(SyscallNumber.UNSHARE, ThreadNamespaces.CLONE_NEWTIME);
    rootAgent.why("setting the clocks");
    Argument fd =
        rootAgent.call(
            SyscallNumber.OPENAT,
            Argument.of(Open.AT_FDCWD),
            plan.text("/proc/self/timens_offsets"),
            Argument.of(Open.O_WRONLY | Open.O_CLOEXEC));
    String text =
        line("monotonic", offsets.monotonicNanos()) + line("boottime", offsets.boottimeNanos());
    int length = text.getBytes(StandardCharsets.US_ASCII).length;
    rootAgent.call(SyscallNumber.WRITE, fd, plan.text(text), Argument.of(length));
    rootAgent.call(SyscallNumber.CLOSE, fd);
  }

  /**
   * Appends the entering of the time namespace that was made, which else only children do. A
   * process of one thread can.
   *
   * @param program of whoever made it
   * @param plan takes data
   */
  static void planEntering(Program program, Plan plan) {
    program.why("entering the time namespace");
    Argument namespace =
        program.call(
            SyscallNumber.OPENAT,
            Argument.of(Open.AT_FDCWD),
            plan.text("/proc/self/ns/time_for_children"),
            Argument.of(Open.O_RDONLY | Open.O_CLOEXEC));
    program.call(SyscallNumber.SETNS, namespace, Argument.of(ThreadNamespaces.CLONE_NEWTIME));
    program.call(SyscallNumber.CLOSE, namespace);
  }

  private static String line(String clock, long nanos) {
    return clock + " " + Math.floorDiv(nanos, NANOS) + " " + Math.floorMod(nanos, NANOS) + "\n";
  }
}
