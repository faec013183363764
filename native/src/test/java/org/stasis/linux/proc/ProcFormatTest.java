package org.stasis.linux.proc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.stasis.linux.Device;
import org.stasis.linux.ResourceLimit;

@DisplayName("Lines of /proc that are rarely met")
class ProcFormatTest {
  private static ProcText text(String content) {
    return ProcText.of("test", content.getBytes(UTF_8));
  }

  @Test
  void mountsWithPropagationAndEscapes() {
    List<MountEntry> mounts =
        MountEntry.parseAll(
            text(
                """
                36 35 98:0 /mnt1 /mnt2\\040two rw,noatime master:1 shared:7 - ext3 /dev/root rw
                37 36 0:5 / / ro propagate_from:2 unbindable - fuse.sub\\134x  rw,a=b\\040c
                38 36 0:5 / /x\\012y rw - tmpfs \\043none rw
                """));
    assertThat(mounts)
        .containsExactly(
            new MountEntry(
                36,
                35,
                new Device(98, 0),
                "/mnt1",
                "/mnt2 two",
                "rw,noatime",
                7,
                1,
                0,
                false,
                "ext3",
                "/dev/root",
                "rw"),
            new MountEntry(
                37,
                36,
                new Device(0, 5),
                "/",
                "/",
                "ro",
                0,
                0,
                2,
                true,
                "fuse.sub\\x",
                "",
                "rw,a=b c"),
            new MountEntry(
                38,
                36,
                new Device(0, 5),
                "/",
                "/x\ny",
                "rw",
                0,
                0,
                0,
                false,
                "tmpfs",
                "#none",
                "rw"));
  }

  @Test
  void mappingsWithNames() {
    List<MapEntry> maps =
        MapEntry.parseAll(
            text(
                """
                7f0000000000-7f0000001000 rw-p 00000000 00:00 0        [anon:glibc: loader malloc]
                7f0000001000-7f0000002000 rw-s 00001000 00:01 1029     /memfd:x y (deleted)
                7f0000002000-7f0000003000 ---p 00000000 00:00 0\s
                ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0  [vsyscall]
                """));
    assertThat(maps.get(0).anonymousName()).isEqualTo("glibc: loader malloc");
    assertThat(maps.get(1).path()).isEqualTo("/memfd:x y");
    assertThat(maps.get(1).offset()).isEqualTo(0x1000);
    assertThat(maps.get(1).device()).isEqualTo(new Device(0, 1));
    assertThat(maps.get(2).name()).isEmpty();
    assertThat(maps.get(3).start()).isEqualTo(0xffffffffff600000L);
  }

  @Test
  void smapsWithKeysAndFlagsOfOtherKernels() {
    SmapEntry smap =
        SmapEntry.parseAll(
                text(
                    """
                    7f0000000000-7f0000001000 rw-p 00000000 00:00 0
                    KernelPageSize:     2048 kB
                    Rss:                2048 kB
                    ProtectionKey:         3
                    VmFlags: rd wr ht zz ss\s
                    """))
            .getFirst();
    assertThat(smap.pageSizeKb()).isEqualTo(2048);
    assertThat(smap.protectionKey()).isEqualTo(3);
    assertThat(smap.has(VmFlag.HUGETLB)).isTrue();
    assertThat(smap.has(VmFlag.SHADOW_STACK)).isTrue();
    assertThat(smap.unknownFlags()).containsExactly("zz");
  }

  @Test
  void statusOfNestedNamespacesAndShadowStacks() {
    TaskStatus status =
        TaskStatus.parse(
            text(
                """
                Name:\tx
                State:\tZ (zombie)
                Tgid:\t100
                NSpid:\t100\t20\t1
                Uid:\t4294967295\t1\t2\t3
                Groups:\t
                SigQ:\t3/18446744073709551615
                Seccomp:\t2
                Seccomp_filters:\t4
                x86_Thread_features:\tshstk wrss
                """));
    assertThat(status.nsPid()).containsExactly(100, 20, 1);
    assertThat(status.uids()).isEqualTo(new TaskStatus.Ids(-1, 1, 2, 3));
    assertThat(status.groups()).isEmpty();
    assertThat(status.umask()).isEqualTo(-1);
    assertThat(status.signals().queued()).isEqualTo(3);
    assertThat(status.signals().queueLimit()).isEqualTo(-1);
    assertThat(status.seccompFilters()).isEqualTo(4);
    assertThat(status.x86Features()).containsExactly("shstk", "wrss");
  }

  @Test
  void locksThatWaitOrAreUnseen() {
    List<FileLock> locks =
        FileLock.parseAll(
            text(
                """
                1: POSIX  ADVISORY  WRITE 708 fe:01:21834 0 EOF
                1: -> POSIX  ADVISORY  READ  0 fe:01:21834 100 199
                2: OFDLCK ADVISORY  READ -1 00:2b:77 5 9
                3: LEASE  BREAKING  READ  12 08:02:99 0 EOF
                """));
    assertThat(locks).extracting(FileLock::waiting).containsExactly(false, true, false, false);
    assertThat(locks).extracting(FileLock::id).containsExactly(1L, 1L, 2L, 3L);
    assertThat(locks.get(2).pid()).isEqualTo(-1);
    assertThat(locks.get(1).end()).isEqualTo(199);
    assertThat(locks.get(3).mode()).isEqualTo("BREAKING");
  }

  @Test
  void cgroupsOfBothVersions() {
    List<CgroupEntry> cgroups =
        CgroupEntry.parseAll(
            text("4:cpu,cpuacct:/a:b\n1:name=systemd:/\n0::/user.slice (deleted)\n"));
    assertThat(cgroups)
        .containsExactly(
            new CgroupEntry(4, List.of("cpu", "cpuacct"), "/a:b"),
            new CgroupEntry(1, List.of("name=systemd"), "/"),
            new CgroupEntry(0, List.of(), "/user.slice (deleted)"));
    assertThat(cgroups.getLast().isDeleted()).isTrue();
  }

  @Test
  void timersForThreadsAndForNobody() {
    assertThat(
            PosixTimer.parseAll(
                text(
                    """
                    ID: 3
                    signal: 0/00007ffc00000001
                    notify: none/tid.77
                    ClockID: -6
                    """)))
        .containsExactly(new PosixTimer(3, 0, 0x7ffc00000001L, "none", true, 77, -6));
  }

  @Test
  void offsetsOfClocks() {
    assertThat(
            TimeOffsets.parse(
                text("monotonic       -86400 500000000\nboottime     604800         7\n")))
        .isEqualTo(new TimeOffsets(-86400, 500_000_000, 604_800, 7));
  }

  @Test
  void whatMakesNoSenseIsAnErrorWithAPlace() {
    assertThatThrownBy(() -> MapEntry.parseAll(text("7f00-8000 rw?p 0 0:0 0 x\n")))
        .isInstanceOf(ProcFormatException.class)
        .hasMessage("test at byte 12: expected '-', found \"?p 0 0:0 0 x\n\"");
    assertThatThrownBy(() -> TaskStat.parse(text("12 (x"))).isInstanceOf(ProcFormatException.class);
    assertThatThrownBy(() -> TaskStatus.parse(text("Name:\tx\n")))
        .isInstanceOf(ProcFormatException.class);
    assertThatThrownBy(() -> LimitsTable.parse(text("Limit  \nMax cpu time              1 2 s\n")))
        .isInstanceOf(ProcFormatException.class);
    assertThat(ResourceLimit.INFINITY).isEqualTo(-1);
  }
}
