package org.stasis.engine.tty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Owners;
import org.stasis.engine.files.TestPlanner;
import org.stasis.engine.spi.Stage;
import org.stasis.images.ImageKind;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.RegFileEntry;
import org.stasis.images.proto.TermiosEntry;
import org.stasis.images.proto.TtyFileEntry;
import org.stasis.images.proto.TtyInfoEntry;
import org.stasis.images.proto.TtyPtyEntry;
import org.stasis.images.proto.TtyType;
import org.stasis.images.proto.WinsizeEntry;
import org.stasis.linux.Open;
import org.stasis.linux.Terminal;

@DisplayName("The plan for a terminal")
class TtysTest {
  private static final int OUTSIDE = 4242;

  @TempDir Path directory;

  private final List<TtyInfoEntry> infos = new ArrayList<>();

  private static TermiosEntry termios() {
    TermiosEntry.Builder entry =
        TermiosEntry.newBuilder()
            .setCIflag(1)
            .setCOflag(2)
            .setCCflag(3)
            .setCLflag(4)
            .setCLine(0)
            .setCIspeed(0)
            .setCOspeed(0);
    for (int i = 0; i < 19; i++) {
      entry.addCCc(0);
    }
    return entry.build();
  }

  private TtyInfoEntry.Builder info(int id, TtyType type, int sid) {
    TtyInfoEntry.Builder info =
        TtyInfoEntry.newBuilder()
            .setId(id)
            .setType(type)
            .setLocked(false)
            .setExclusive(false)
            .setPacketMode(false)
            .setSid(sid)
            .setPgrp(sid)
            .setRdev(0x8803)
            .setDev(0x18);
    return type == TtyType.PTY
        ? info.setPty(TtyPtyEntry.newBuilder().setIndex(id / 2))
            .setTermios(termios())
            .setTermiosLocked(
                termios().toBuilder().setCIflag(0).setCOflag(0).setCCflag(0).setCLflag(0))
            .setWinsize(
                WinsizeEntry.newBuilder().setWsRow(1).setWsCol(2).setWsXpixel(0).setWsYpixel(0))
        : info;
  }

  private TestPlanner planner() {
    return new TestPlanner(directory).images(images -> images.writeAll(ImageKind.TTY_INFO, infos));
  }

  private static FileEntry tty(int id, int info, int name) {
    TtyFileEntry.Builder tty =
        TtyFileEntry.newBuilder()
            .setId(id)
            .setTtyInfoId(info)
            .setFlags(Open.O_RDWR)
            .setFown(Owners.NOBODY);
    if (name != 0) {
      tty.setRegfId(name);
    }
    return FileEntry.newBuilder().setType(FdTypes.TTY).setId(id).setTty(tty).build();
  }

  private static FileEntry name(int id, String name) {
    return FileEntry.newBuilder()
        .setType(FdTypes.REG)
        .setId(id)
        .setReg(
            RegFileEntry.newBuilder()
                .setId(id)
                .setFlags(Open.O_RDWR)
                .setPos(0)
                .setFown(Owners.NOBODY)
                .setName(name))
        .build();
  }

  private static Ttys begun(TestPlanner planner) throws StasisException {
    Ttys ttys = new Ttys();
    ttys.begin(planner);
    return ttys;
  }

  @Test
  void takesTheNumberItHadByTakingLowerOnesFirst() throws Exception {
    infos.add(info(3, TtyType.PTY, 0).build());
    TestPlanner planner = planner().file(tty(1, 3, 2), 7).known(name(2, "/dev/ptmx"));
    List<String> operations = planner.plan(begun(planner)).operations();
    assertThat(operations.subList(0, 13))
        .satisfiesExactly(
            free -> assertThat(free).matches("access\\(&channel.*, 0\\)"),
            open -> assertThat(open).matches("openat\\(-100, &channel.*, 258\\)"),
            found -> assertThat(found).matches("store32\\(&channel.*, r1\\)"),
            there -> assertThat(there).startsWith("access("),
            skip -> assertThat(skip).isEqualTo("skip(r3, 6)"),
            keep -> assertThat(keep).matches("store32\\(&channel.*, int channel.*\\)"),
            next -> assertThat(next).startsWith("openat("),
            found -> assertThat(found).matches("store32\\(&channel.*, r6\\)"),
            there -> assertThat(there).startsWith("access("),
            skip -> assertThat(skip).isEqualTo("skip(r8, 1)"),
            fail -> assertThat(fail).isEqualTo("fail(-16)"),
            close -> assertThat(close).startsWith("close(int channel"),
            unlock -> assertThat(unlock).matches("ioctl\\(int channel.*, 0x40045431, .*\\)"));
    assertThat(planner.opened()).containsOnlyKeys(1);
  }

  @Test
  void opensSlavesThroughTheirMaster() throws Exception {
    infos.add(info(1, TtyType.PTY, 0).build());
    infos.add(info(0, TtyType.PTY, 0).setUid(5).setGid(6).build());
    TestPlanner planner =
        planner()
            .file(tty(1, 1, 2), 7)
            .file(tty(3, 0, 4), 8)
            .known(name(2, "/dev/ptmx"))
            .known(name(4, "/dev/pts/0"));
    List<String> operations = planner.plan(begun(planner)).operations();
    assertThat(operations)
        .contains("ioctl(101, " + Terminal.TIOCGPTPEER + ", 258)")
        .anyMatch(line -> line.matches("ioctl\\(101, " + Terminal.TCSETS + ", &channel.*\\)"))
        .anyMatch(line -> line.matches("ioctl\\(101, " + Terminal.TIOCSWINSZ + ", &channel.*\\)"))
        .noneMatch(line -> line.contains("" + Terminal.TIOCSLCKTRMIOS)) // nothing is locked
        .contains("fchown(103, 5, 6)");
    assertThat(planner.opened()).containsOnlyKeys(1, 3);
  }

  @Test
  void isTakenByTheLeaderOfItsSessionBeforeThereAreChildren() throws Exception {
    infos.add(info(1, TtyType.PTY, TestPlanner.TASK).build());
    infos.add(info(0, TtyType.PTY, TestPlanner.TASK).setPgrp(11).build());
    FileEntry slave = tty(3, 0, 4);
    TestPlanner planner =
        planner()
            .file(tty(1, 1, 2), 7)
            .file(slave, 8)
            .known(name(2, "/dev/ptmx"))
            .known(name(4, "/dev/pts/0"));
    Ttys ttys = begun(planner);
    planner.plan(ttys);
    assertThat(ttys.openFor(slave)).containsExactly(TestPlanner.TASK);
    assertThat(planner.operations(TestPlanner.TASK, Stage.SESSION))
        .containsExactly("ioctl(103, " + Terminal.TIOCSCTTY + ", 0)");
    assertThat(planner.operations(TestPlanner.TASK, Stage.FILES_CONNECT))
        .singleElement()
        .asString()
        .startsWith("ioctl(103, " + Terminal.TIOCSPGRP + ", ");
  }

  @Test
  void needsSomebodyToTakeAMasterThatWasOutside() throws Exception {
    infos.add(info(0, TtyType.PTY, TestPlanner.TASK).build());
    TestPlanner planner = planner().file(tty(3, 0, 4), 8).known(name(4, "/dev/pts/0"));
    assertThatThrownBy(() -> planner.plan(begun(planner)))
        .hasMessageContaining("--orphan-pts-master");
    planner.optionsBuilder().orphanPtsMaster(true);
    planner.plan(begun(planner));
    assertThat(planner.actions(Stage.RELEASE)).containsExactly(new OrphanMaster(10, 200));
  }

  @Test
  void isTheCallersForAShellJob() throws Exception {
    infos.add(info(0, TtyType.PTY, OUTSIDE).build());
    TestPlanner planner = planner().file(tty(3, 0, 4), 8).known(name(4, "/dev/pts/0"));
    planner.optionsBuilder().shellJob(true);
    planner.plan(begun(planner));
    assertThat(planner.rootAgent().operations())
        .extracting(Object::toString)
        .containsExactly("dup3(0, 200, 0x80000)");
    assertThat(planner.operations())
        .satisfiesExactly(
            check -> assertThat(check).startsWith("ioctl(200, " + Terminal.TCGETS + ", "),
            open -> assertThat(open).matches("openat\\(-100, &channel.*, 258\\)"),
            set -> assertThat(set).startsWith("ioctl(200, " + Terminal.TCSETS + ", "));
  }

  @Test
  void isTakenFromTheCallerWhenItIsExternal() throws Exception {
    infos.add(info(2026, TtyType.EXT_TTY, 0).build());
    TestPlanner planner = planner().inherit("tty[8803:18]", 91).file(tty(1, 2026, 0), 0);
    assertThat(planner.plan(begun(planner)).operations()).containsExactly("dup(91)");
    TestPlanner without = planner().file(tty(1, 2026, 0), 0);
    assertThatThrownBy(() -> without.plan(begun(without)))
        .hasMessageContaining("--inherit-fd fd[N]:tty[8803:18]");
  }

  @Test
  void hangsUpWhatWasHungUp() throws Exception {
    infos.add(info(0, TtyType.PTY, 0).clearTermios().clearTermiosLocked().clearWinsize().build());
    TestPlanner planner = planner().file(tty(3, 0, 4), 8).known(name(4, "/dev/pts/0"));
    assertThat(planner.plan(begun(planner)).operations())
        .contains("ioctl(200, " + Terminal.TIOCGPTPEER + ", 258)")
        .endsWith("close(200)");
  }

  @Test
  void opensTheControllingTerminalInItsLeaderOnceItHasIt() throws Exception {
    infos.add(info(2012, TtyType.CTTY, TestPlanner.TASK).build());
    TestPlanner planner = planner().file(tty(1, 2012, 2), 5).known(name(2, "/dev/tty"));
    planner.plan(begun(planner));
    assertThat(planner.operations()).isEmpty();
    assertThat(planner.operations(TestPlanner.TASK, Stage.SESSION))
        .satisfiesExactly(
            open -> assertThat(open).matches("openat\\(-100, &channel.*, 258\\)"),
            move -> assertThat(move).isEqualTo("dup3(r0, 101, 0x80000)"),
            close -> assertThat(close).isEqualTo("close(r0)"));
  }
}
