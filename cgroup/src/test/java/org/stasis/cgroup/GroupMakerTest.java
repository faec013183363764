package org.stasis.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.CgroupMode;
import org.stasis.images.proto.CgroupDirEntry;
import org.stasis.linux.Processes;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

@DisplayName("Groups that are captured and made again")
class GroupMakerTest {
  private static TestGroup group(String hierarchy) throws Exception {
    Optional<TestGroup> group = TestGroup.make(hierarchy, "stasis-groups");
    assumeTrue(group.isPresent(), "no groups can be made in hierarchy \"" + hierarchy + "\"");
    return group.orElseThrow();
  }

  private final Undone undone = new Undone();

  private GroupMaker maker(CgroupMode mode) throws Exception {
    try (ProcFs proc = ProcFs.open();
        ProcTask self = proc.task(Processes.self())) {
      return new GroupMaker(Hierarchies.seenBy(self, Optional.empty()), mode, undone);
    }
  }

  @ParameterizedTest(name = "in hierarchy \"{0}\"")
  @ValueSource(strings = {"", "pids", "cpu", "memory", "cpuset", "devices", "freezer", "blkio"})
  void areTheSame(String hierarchy) throws Exception {
    try (TestGroup group = group(hierarchy)) {
      Files.createDirectory(group.directory().resolve("one"));
      setSomething(group, hierarchy);
      Files.createDirectory(group.directory().resolve("one/two"));
      CgroupDirEntry before = GroupTree.capture(group.directory().resolve("one"), "x", hierarchy);

      GroupMaker maker = maker(CgroupMode.SOFT);
      String copy = group.path() + "/copies/copy";
      maker.restore(hierarchy, copy, before);
      assertThat(GroupTree.capture(maker.directory(hierarchy, copy), "x", hierarchy))
          .isEqualTo(before);

      undone.perform();
      assertThat(group.directory().resolve("copies")).doesNotExist();
      assertThat(group.directory().resolve("one/two")).isDirectory();
    }
  }

  private static void setSomething(TestGroup group, String hierarchy) throws Exception {
    var one = group.directory().resolve("one");
    switch (hierarchy) {
      case "" -> GroupFile.write(one, "cgroup.max.depth", "7");
      case "pids" -> GroupFile.write(one, "pids.max", "77");
      case "cpu" -> GroupFile.write(one, "cpu.shares", "777");
      case "memory" -> GroupFile.write(one, "memory.limit_in_bytes", "536870912");
      case "cpuset" -> {
        GroupFile.write(group.directory(), "cpuset.cpus", "0");
        GroupFile.write(group.directory(), "cpuset.mems", "0");
        GroupFile.write(one, "cpuset.cpus", "0");
        GroupFile.write(one, "cpuset.mems", "0");
      }
      case "devices" -> {
        GroupFile.write(one, "devices.deny", "a");
        GroupFile.write(one, "devices.allow", "c 1:3 rwm");
        GroupFile.write(one, "devices.allow", "c 136:* rw");
      }
      default -> {}
    }
  }

  @Test
  void areLeftAsTheyAreWhenTheyWereThere() throws Exception {
    try (TestGroup group = group("pids")) {
      Files.createDirectory(group.directory().resolve("there"));
      CgroupDirEntry entry = GroupTree.capture(group.directory().resolve("there"), "x", "pids");
      GroupFile.write(group.directory().resolve("there"), "pids.max", "77");

      maker(CgroupMode.SOFT).restore("pids", group.path() + "/there", entry);
      assertThat(GroupFile.read(group.directory().resolve("there"), "pids.max")).contains("77");
      maker(CgroupMode.FULL).restore("pids", group.path() + "/there", entry);
      assertThat(GroupFile.read(group.directory().resolve("there"), "pids.max")).contains("max");
      assertThatThrownBy(
              () -> maker(CgroupMode.STRICT).restore("pids", group.path() + "/there", entry))
          .isInstanceOf(StasisException.class)
          .hasMessageContaining("there already");
      assertThatThrownBy(
              () -> maker(CgroupMode.PROPS).restore("pids", group.path() + "/absent", entry))
          .isInstanceOf(StasisException.class)
          .hasMessageContaining("not there");
    }
  }

  @Test
  void takeProcessesIn() throws Exception {
    for (String hierarchy : List.of("", "pids", "cpuset")) {
      try (TestGroup group = group(hierarchy)) {
        if (hierarchy.equals("cpuset")) {
          GroupFile.write(group.directory(), "cpuset.cpus", "0");
          GroupFile.write(group.directory(), "cpuset.mems", "0");
        }
        GroupMaker maker = maker(CgroupMode.SOFT);
        Process process = new ProcessBuilder("sleep", "100").start();
        try (ProcFs proc = ProcFs.open();
            ProcTask task = proc.task((int) process.pid())) {
          maker.move((int) process.pid(), hierarchy, group.path() + "/deep/down");
          assertThat(Membership.of(task).groups())
              .containsEntry(hierarchy, group.path() + "/deep/down");
        } finally {
          TestGroup.end(process);
        }
        undone.perform();
        assertThat(group.directory().resolve("deep")).doesNotExist();
      }
    }
  }
}
