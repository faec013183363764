package org.stasis.engine.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Owners;
import org.stasis.engine.files.TestPlanner;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageWriter;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.PipeDataEntry;
import org.stasis.images.proto.PipeEntry;
import org.stasis.linux.Open;

@DisplayName("The plan for a pipe")
class PipesTest {
  private static final int ID = 4711;

  @TempDir Path directory;

  private static PipeEntry.Builder end(int id, int flags) {
    return PipeEntry.newBuilder().setId(id).setPipeId(ID).setFlags(flags).setFown(Owners.NOBODY);
  }

  private static FileEntry entry(PipeEntry.Builder end) {
    return FileEntry.newBuilder().setType(FdTypes.PIPE).setId(end.getId()).setPipe(end).build();
  }

  private TestPlanner planner(PipeDataEntry.Builder queue, int bytes) {
    return new TestPlanner(directory)
        .images(
            images -> {
              try (ImageWriter writer = images.open(ImageKind.PIPES_DATA)) {
                writer.write(queue.setPipeId(ID).setBytes(bytes).build());
                writer.writePayload(new byte[bytes]);
              }
            });
  }

  private static PipeDataEntry.Builder queue(int size) {
    return PipeDataEntry.newBuilder().setSize(size);
  }

  @Test
  void makesBothEndsWithTheirFlags() throws Exception {
    TestPlanner plan =
        planner(queue(65536), 0)
            .file(entry(end(1, Open.O_RDONLY)), 3)
            .file(entry(end(2, Open.O_WRONLY | Open.O_NONBLOCK)), 4)
            .plan(new Pipes());
    assertThat(plan.operations())
        .satisfiesExactly(
            make -> assertThat(make).matches("pipe2\\(&channel\\[\\d+], 2048\\)"),
            read -> assertThat(read).matches("fcntl\\(int channel\\[\\d+], 4, 0\\)"),
            write -> assertThat(write).matches("fcntl\\(int channel\\[\\d+], 4, 2048\\)"));
    assertThat(plan.opened()).containsOnlyKeys(1, 2);
    assertThat(plan.reasons()).containsExactly("making fd 3, pipe:[4711]");
  }

  @Test
  void closesAnEndThatNobodyHolds() throws Exception {
    TestPlanner plan =
        planner(queue(65536), 5).file(entry(end(2, Open.O_RDONLY)), 4).plan(new Pipes());
    assertThat(plan.operations())
        .satisfiesExactly(
            make -> assertThat(make).startsWith("pipe2("),
            fill -> assertThat(fill).matches("write\\(int channel.*, &channel\\[\\d+], 5\\)"),
            flags -> assertThat(flags).startsWith("fcntl("),
            close -> assertThat(close).startsWith("close(int channel"));
  }

  @Test
  void setsTheCapacityBeforeItFillsThePipe() throws Exception {
    TestPlanner plan =
        planner(queue(1 << 20), 70_000).file(entry(end(1, Open.O_RDWR)), 4).plan(new Pipes());
    assertThat(plan.operations())
        .satisfiesExactly(
            make -> assertThat(make).startsWith("pipe2("),
            size -> assertThat(size).matches("fcntl\\(int channel.*, 1031, 0x100000\\)"),
            read -> assertThat(read).matches("read\\(50, &channel\\[\\d+], 0x10000, \\d+\\)"),
            write -> assertThat(write).matches("write\\(int channel.*, &channel.*, 0x10000\\)"),
            rest -> assertThat(rest).matches("read\\(50, &channel\\[\\d+], 4464, 0x\\w+\\)"),
            end -> assertThat(end).matches("write\\(int channel.*, &channel.*, 4464\\)"),
            anchor -> assertThat(anchor).matches("dup3\\(int channel.*, 101, 0x80000\\)"),
            both -> assertThat(both).matches("openat\\(-100, &channel.*, 2050\\)"),
            flags -> assertThat(flags).matches("fcntl\\(r\\d+, 4, 0\\)"),
            closeRead -> assertThat(closeRead).startsWith("close("),
            closeWrite -> assertThat(closeWrite).startsWith("close("));
    assertThat(plan.provided()).containsExactly(directory.resolve("pipes-data.img"));
  }

  @Test
  void opensFurtherDescriptionsThroughTheFirst() throws Exception {
    TestPlanner plan =
        planner(queue(65536), 0)
            .file(entry(end(1, Open.O_WRONLY)), 1)
            .file(entry(end(2, Open.O_WRONLY | Open.O_APPEND)), 2)
            .plan(new Pipes());
    assertThat(plan.opened()).containsOnlyKeys(1, 2);
    assertThat(plan.operations())
        .anyMatch(line -> line.matches("openat\\(-100, &channel.*, 3073\\)"));
    assertThat(plan.reasons()).contains("opening fd 2, pipe:[4711]");
  }

  @Test
  void keepsPacketsApart() throws Exception {
    TestPlanner plan =
        planner(queue(65536).addPacket(3).addPacket(4), 7)
            .file(entry(end(1, Open.O_RDONLY)), 3)
            .file(entry(end(2, Open.O_WRONLY).setPackets(true)), 4)
            .plan(new Pipes());
    assertThat(plan.operations())
        .satisfiesExactly(
            make -> assertThat(make).startsWith("pipe2("),
            packets -> assertThat(packets).matches("fcntl\\(int channel.*, 4, 18432\\)"),
            first -> assertThat(first).matches("write\\(int channel.*, &channel.*, 3\\)"),
            second -> assertThat(second).matches("write\\(int channel.*, &channel.*, 4\\)"),
            read -> assertThat(read).matches("fcntl\\(int channel.*, 4, 0\\)"),
            write -> assertThat(write).matches("fcntl\\(int channel.*, 4, 16384\\)"));
  }

  @Test
  void refusesPacketsThatAreNotAsLongAsTheContent() {
    TestPlanner planner =
        planner(queue(65536).addPacket(3), 7).file(entry(end(1, Open.O_RDONLY)), 3);
    assertThatThrownBy(() -> planner.plan(new Pipes()))
        .isInstanceOf(StasisException.class)
        .hasMessageContaining("its packets are not as long as its content");
  }

  @Test
  void takesOverAnEndThatTheCallerProvides() throws Exception {
    TestPlanner plan =
        planner(queue(65536), 0)
            .inherit("pipe:[4711]", 90)
            .file(entry(end(1, Open.O_WRONLY)), 1)
            .plan(new Pipes());
    assertThat(plan.operations()).containsExactly("dup(90)", "fcntl(r0, 4, 0)");
  }

  @Test
  void opensTheCallersPipeForEachDescription() throws Exception {
    TestPlanner plan =
        planner(queue(65536), 2)
            .inherit("pipe:[4711]", 90)
            .file(entry(end(1, Open.O_RDONLY)), 0)
            .file(entry(end(2, Open.O_WRONLY)), 1)
            .plan(new Pipes());
    assertThat(plan.operations())
        .satisfiesExactly(
            open -> assertThat(open).matches("openat\\(-100, &channel.*, 2049\\)"),
            put -> assertThat(put).matches("write\\(r0, &channel.*, 2\\)"),
            close -> assertThat(close).isEqualTo("close(r0)"),
            reader -> assertThat(reader).matches("openat\\(-100, &channel.*, 2048\\)"),
            _ -> {},
            writer -> assertThat(writer).matches("openat\\(-100, &channel.*, 2049\\)"),
            _ -> {});
  }

  @Test
  void letsItsMakerOpenItAnew() throws Exception {
    TestPlanner plan =
        planner(queue(65536), 0)
            .file(entry(end(1, Open.O_RDONLY).setUid(33).setGid(33)), 3)
            .plan(new Pipes());
    assertThat(plan.operations()).anyMatch(line -> line.matches("fchown\\(int .*, 33, 33\\)"));
  }
}
