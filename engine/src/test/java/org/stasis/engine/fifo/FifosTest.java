package org.stasis.engine.fifo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Owners;
import org.stasis.engine.files.TestPlanner;
import org.stasis.engine.regular.RegularFiles;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageWriter;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FifoEntry;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.PipeDataEntry;
import org.stasis.images.proto.RegFileEntry;
import org.stasis.linux.Open;

@DisplayName("The plan for a FIFO")
class FifosTest {
  @TempDir Path directory;

  private static FileEntry fifo(int id, int name) {
    return FileEntry.newBuilder()
        .setType(FdTypes.FIFO)
        .setId(id)
        .setFifo(FifoEntry.newBuilder().setId(id).setPipeId(4711).setRegfId(name))
        .build();
  }

  private static FileEntry name(int id, int flags) {
    return FileEntry.newBuilder()
        .setType(FdTypes.REG)
        .setId(id)
        .setReg(
            RegFileEntry.newBuilder()
                .setId(id)
                .setFlags(flags)
                .setPos(0)
                .setFown(Owners.NOBODY)
                .setName("/run/fifo"))
        .build();
  }

  @Test
  void neverWaitsForAPartner() throws Exception {
    TestPlanner plan =
        new TestPlanner(directory)
            .images(
                images -> {
                  try (ImageWriter writer = images.open(ImageKind.FIFO_DATA)) {
                    writer.write(PipeDataEntry.newBuilder().setPipeId(4711).setBytes(3).build());
                    writer.writePayload(new byte[3]);
                  }
                })
            .with(new RegularFiles())
            .file(fifo(1, 2), 7)
            .known(name(2, Open.O_RDONLY))
            .plan(new Fifos());
    assertThat(plan.operations())
        .satisfiesExactly(
            keep -> assertThat(keep).matches("openat\\(-100, &channel\\[\\d+], 2050\\)"),
            move -> assertThat(move).isEqualTo("dup3(r0, 200, 0x80000)"),
            free -> assertThat(free).isEqualTo("close(r0)"),
            fill -> assertThat(fill).matches("write\\(200, &channel\\[\\d+], 3\\)"),
            open -> assertThat(open).matches("openat\\(-100, &channel\\[\\d+], 2048\\)"),
            wait -> assertThat(wait).isEqualTo("fcntl(r4, 4, 0)"),
            close -> assertThat(close).isEqualTo("close(200)"));
    assertThat(plan.opened()).containsOnlyKeys(1);
  }

  @Test
  void needsAName() {
    TestPlanner planner = new TestPlanner(directory).with(new RegularFiles()).file(fifo(1, 2), 7);
    assertThatThrownBy(() -> planner.plan(new Fifos()))
        .isInstanceOf(StasisException.class)
        .hasMessageContaining("fd 7, a FIFO: the images have no name for it");
  }
}
