package org.stasis.namespaces;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.stasis.images.proto.TimensEntry;
import org.stasis.images.proto.Timespec;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;
import org.stasis.linux.agent.Provenance;
import org.stasis.linux.proc.TimeOffsets;
import org.stasis.namespaces.TimeNamespace.Clocks;

@DisplayName("The clocks of a tree")
class TimeNamespaceTest {
  private static final long SECOND = 1_000_000_000L;

  private static Timespec time(long seconds, long nanos) {
    return Timespec.newBuilder().setTvSec(seconds).setTvNsec(nanos).build();
  }

  private static TimensEntry entry(Timespec monotonic, Timespec boottime) {
    return TimensEntry.newBuilder().setMonotonic(monotonic).setBoottime(boottime).build();
  }

  @Test
  void areTheMachinesWhereNoNamespaceIs() {
    assertThat(TimeNamespace.entry(new Clocks(5 * SECOND + 7, 9 * SECOND), null, null))
        .isEqualTo(entry(time(5, 7), time(9, 0)));
  }

  @Test
  void areWhatTheTreeReadsNotWhatTheDumperReads() {
    TimeOffsets ours = new TimeOffsets(100, 0, 200, 0);
    TimeOffsets theirs = new TimeOffsets(-3, 500_000_000, 20, 1);
    assertThat(TimeNamespace.entry(new Clocks(110 * SECOND, 230 * SECOND), ours, theirs))
        .isEqualTo(entry(time(7, 500_000_000), time(50, 1)));
  }

  @Test
  void goOnFromThereWhereverTheyAreRestored() {
    assertThat(
            offsets(
                entry(time(7, 500_000_000), time(50, 1)),
                new Clocks(10 * SECOND, 20 * SECOND),
                null))
        .isEqualTo("monotonic -3 500000000\nboottime 30 1\n");
  }

  @Test
  void goOnAlsoBelowAnotherTimeNamespace() {
    assertThat(
            offsets(
                entry(time(7, 0), time(50, 0)),
                new Clocks(10 * SECOND, 20 * SECOND),
                new TimeOffsets(4, 0, 1, 0)))
        .isEqualTo("monotonic 1 0\nboottime 31 0\n");
  }

  /** What the planned program writes to timens_offsets. */
  private static String offsets(TimensEntry entry, Clocks here, TimeOffsets hereOffsets) {
    Plan plan = new Plan();
    Program program = plan.program(new Provenance("", "", ""));
    TimeNamespace.plan(program, plan, entry, here, hereOffsets);
    assertThat(program.toString()).contains("unshare(128)", "openat", "write", "close");
    java.lang.foreign.MemorySegment channel =
        java.lang.foreign.Arena.ofAuto().allocate(plan.sizeBytes(), 16);
    plan.layOut(channel, 0);
    long text =
        program.operations().stream()
            .filter(op -> op.toString().startsWith("write("))
            .findFirst()
            .orElseThrow()
            .arguments()
            .get(1)
            .value();
    return channel.getString(text, StandardCharsets.US_ASCII);
  }
}
