package org.stasis.engine.regular;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.engine.ActionListener;
import org.stasis.engine.RootAgent;
import org.stasis.engine.StasisException;
import org.stasis.engine.UndoStep;
import org.stasis.engine.files.Owners;
import org.stasis.engine.files.TestPlanner;
import org.stasis.engine.spi.EngineAction;
import org.stasis.engine.spi.RebuiltTree;
import org.stasis.engine.spi.Stage;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.RegFileEntry;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;

@DisplayName("The plan for a file with a path")
class RegularFilesTest {
  @TempDir Path directory;

  private static RegFileEntry.Builder file(String name, int flags, long pos) {
    return RegFileEntry.newBuilder()
        .setId(1)
        .setFlags(flags)
        .setPos(pos)
        .setFown(Owners.NOBODY)
        .setName(name);
  }

  private static FileEntry entry(RegFileEntry.Builder file) {
    return FileEntry.newBuilder().setType(FdTypes.REG).setId(1).setReg(file).build();
  }

  private TestPlanner planner(RegFileEntry.Builder file) {
    return new TestPlanner(directory).file(entry(file), 7);
  }

  @Test
  void opensItAtItsPosition() throws Exception {
    TestPlanner plan =
        planner(file("/data/dump.rdb", Open.O_RDWR | Open.O_APPEND, 12)).plan(new RegularFiles());
    assertThat(plan.operations())
        .satisfiesExactly(
            open -> assertThat(open).matches("openat\\(-100, &channel\\[\\d+], 1026\\)"),
            seek -> assertThat(seek).isEqualTo("lseek(r0, 12, 0)"));
    assertThat(plan.reasons()).containsExactly("opening fd 7, /data/dump.rdb");
    assertThat(plan.opened()).containsOnlyKeys(1);
  }

  @Test
  void doesNotMoveWhatHasNoPosition() throws Exception {
    assertThat(planner(file("/dev/kmsg", Open.O_WRONLY, -1)).plan(new RegularFiles()).operations())
        .hasSize(1);
    assertThat(planner(file("/data", Open.O_PATH, 5)).plan(new RegularFiles()).operations())
        .hasSize(1);
  }

  @Test
  void opensWhatWasMadeWithoutANameLikeOthers() throws Exception {
    assertThat(
            planner(file("/tmp/a", Open.O_RDWR | Open.O_TMPFILE, 0))
                .plan(new RegularFiles())
                .operations())
        .satisfiesExactly(open -> assertThat(open).endsWith(", 2)"));
  }

  @Test
  void takesOverWhatTheCallerProvides() throws Exception {
    assertThat(
            planner(file("/var/log/out", Open.O_WRONLY, 0))
                .inherit("var/log/out", 90)
                .plan(new RegularFiles())
                .operations())
        .containsExactly("dup(90)");
    assertThat(
            planner(file("file[1d:ff]", Open.O_RDONLY, 0).setExt(true))
                .inherit("file[1d:ff]", 91)
                .plan(new RegularFiles())
                .operations())
        .containsExactly("dup(91)");
  }

  @Test
  void asksForWhatTheCallerMustProvide() {
    TestPlanner planner = planner(file("file[1d:ff]", Open.O_RDONLY, 0).setExt(true));
    assertThatThrownBy(() -> planner.plan(new RegularFiles()))
        .isInstanceOf(StasisException.class)
        .hasMessageContaining("--inherit-fd fd[N]:file[1d:ff]");
  }

  @Test
  void keepsBytesThatAreNoText() throws Exception {
    RegFileEntry.Builder file = file("", Open.O_RDONLY, 0);
    file.setNameBytes(ByteString.copyFrom(new byte[] {'/', (byte) 0xff, 'x'}));
    assertThat(planner(file).plan(new RegularFiles()).reasons())
        .containsExactly("opening fd 7, /\udcffx");
  }

  @Test
  void failsWhenTheFileHasAnotherSizeOrMode() throws Exception {
    RegFileEntry.Builder file =
        file("/data/x", Open.O_RDONLY, 0).setMode(0100644).setSize(1L << 33);
    TestPlanner plan = planner(file).plan(new RegularFiles());
    EngineAction compare = plan.actions(Stage.RELEASE).getFirst();
    assertThatCode(() -> compare.run(new Found(plan, 0100644, 1L << 33)))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> compare.run(new Found(plan, 0100600, 1L << 33)))
        .hasMessageContaining("opening /data/x: its mode was 100644 and is now 100600")
        .hasMessageContaining("--skip-file-rwx-check");
    assertThatThrownBy(() -> compare.run(new Found(plan, 0100644, 5)))
        .hasMessageContaining("it had 8589934592 bytes and now has 5");
  }

  @Test
  void letsPermissionsDifferWhenAskedTo() throws Exception {
    RegFileEntry.Builder file = file("/data/x", Open.O_RDONLY, 0).setMode(0100644);
    TestPlanner planner = planner(file);
    planner.optionsBuilder().skipFileRwxCheck(true);
    TestPlanner plan = planner.plan(new RegularFiles());
    EngineAction compare = plan.actions(Stage.RELEASE).getFirst();
    assertThatCode(() -> compare.run(new Found(plan, 0100600, 0))).doesNotThrowAnyException();
    assertThatThrownBy(() -> compare.run(new Found(plan, 0040644, 0)))
        .hasMessageContaining("its mode was 100644 and is now 40644");
  }

  /** What statx(2) answered. */
  private record Found(long stat, int mode, long size) implements RebuiltTree {
    Found(TestPlanner plan, int mode, long size) {
      this(plan.program().operations().getLast().arguments().getLast().value(), mode, size);
    }

    @Override
    public int word(long offset) {
      if (offset == stat + Stat.MODE_OFFSET) {
        return mode;
      }
      return offset == stat + Stat.SIZE_OFFSET ? (int) size : (int) (size >>> 32);
    }

    @Override
    public int hostPid(int task) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int root() {
      throw new UnsupportedOperationException();
    }

    @Override
    public RootAgent rootAgent() {
      throw new UnsupportedOperationException();
    }

    @Override
    public ActionListener actions() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void undoLater(UndoStep step) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void forget(UndoStep step) {
      throw new UnsupportedOperationException();
    }
  }
}
