package org.stasis.linux.proc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.linux.Device;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Mapping;
import org.stasis.linux.Open;
import org.stasis.linux.Processes;
import org.stasis.linux.ResourceLimit;
import org.stasis.linux.Specimen;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;

@DisplayName("A task in /proc")
class ProcTaskTest {
  private static final String NAME = "a)\n\\ R (b";

  @TempDir static Path directory;
  private static Specimen specimen;
  private static ProcFs proc;
  private static ProcTask task;

  @BeforeAll
  static void start() throws IOException {
    specimen = Specimen.start("proc", directory.toString());
    proc = ProcFs.open();
    task = proc.task(specimen.pid());
  }

  @AfterAll
  static void end() throws IOException {
    task.close();
    proc.close();
    specimen.close();
  }

  private static int fd(int index) {
    return (int) specimen.number(index);
  }

  @Test
  void tellsItsStat() throws IOException {
    TaskStat stat = task.stat();
    assertThat(stat.pid()).isEqualTo(specimen.pid());
    assertThat(stat.comm()).isEqualTo(NAME);
    assertThat(stat.state()).isEqualTo('S');
    assertThat(stat.numThreads()).isEqualTo(2);
    assertThat(stat.exitSignal()).isEqualTo(17);
    assertThat(stat.starttime()).isPositive();
    assertThat(stat.startstack()).isGreaterThan(stat.startcode());
    assertThat(stat.startcode()).isLessThan(stat.endcode());
    assertThat(stat.argStart()).isLessThan(stat.argEnd());
    assertThat(stat.envStart()).isEqualTo(stat.argEnd());
    assertThat(stat.policy()).isZero();
    assertThat(stat.exitCode()).isZero();
    assertThat(stat.sigignore()).isEqualTo(1); // SIGHUP
    assertThat(proc.task(1).stat().ppid()).isZero();
  }

  @Test
  void tellsEveryFieldOfStatAsAnyOtherReaderWould() throws IOException {
    String text = Files.readString(Path.of("/proc/" + specimen.pid() + "/stat"));
    List<String> words = List.of(text.substring(text.lastIndexOf(')') + 2).trim().split(" ", -1));
    TaskStat stat = task.stat();
    assertThat(stat.session()).isEqualTo(Integer.parseInt(words.get(3)));
    assertThat(stat.vsize()).isEqualTo(Long.parseLong(words.get(20)));
    assertThat(stat.startBrk()).isEqualTo(Long.parseUnsignedLong(words.get(44)));
    assertThat(stat.envEnd()).isEqualTo(Long.parseUnsignedLong(words.get(48)));
  }

  @Test
  void tellsItsStatus() throws IOException {
    TaskStatus status = task.status();
    assertThat(status.name()).isEqualTo(NAME);
    assertThat(status.umask()).isEqualTo(027);
    assertThat(status.state()).isEqualTo('S');
    assertThat(status.tgid()).isEqualTo(specimen.pid());
    assertThat(status.pid()).isEqualTo(specimen.pid());
    assertThat(status.tracerPid()).isZero();
    assertThat(status.uids()).isEqualTo(new TaskStatus.Ids(0, 0, 0, 0));
    assertThat(status.groups()).containsExactly(7, (int) 4000000000L);
    assertThat(status.nsPid()).containsExactly(specimen.pid());
    assertThat(status.nsSid()).hasSize(1);
    assertThat(status.threads()).isEqualTo(2);
    assertThat(status.signals().blocked()).isEqualTo(1 << 9 | 1 << 11);
    assertThat(status.signals().ignored() & 0x7fff_ffff).isEqualTo(1); // others are inherited
    assertThat(status.capabilities().effective())
        .isEqualTo(status.capabilities().permitted())
        .isNotZero();
    assertThat(status.noNewPrivs()).isTrue();
    assertThat(status.seccomp()).isZero();
    assertThat(status.thpDisabled()).isTrue();
    assertThat(status.coreDumping()).isFalse();
  }

  @Test
  void hasThreadsAndChildren() throws IOException {
    int second = fd(8);
    assertThat(task.threads()).containsExactly(specimen.pid(), second);
    assertThat(task.children(specimen.pid())).containsExactly(fd(11));
    assertThat(task.children(second)).isEmpty();
    try (ProcTask thread = proc.thread(specimen.pid(), second)) {
      assertThat(thread.comm()).isEqualTo("second");
      assertThat(thread.status().tgid()).isEqualTo(specimen.pid());
      assertThat(thread.status().pid()).isEqualTo(second);
    }
    assertThat(proc.pids()).contains(1, specimen.pid(), Processes.self()).doesNotContain(second);
  }

  @Test
  void hasMappings() throws IOException {
    List<MapEntry> maps = task.maps();
    assertThat(maps).extracting(MapEntry::name).contains("[stack]", "[vdso]", "[heap]");
    MapEntry anonymous = at(maps, specimen.number(9));
    assertThat(anonymous.protection())
        .isEqualTo(Mapping.PROT_READ | Mapping.PROT_WRITE | Mapping.PROT_EXEC);
    assertThat(anonymous.length()).isEqualTo(4096);
    assertThat(anonymous.shared()).isFalse();
    assertThat(anonymous.isFile()).isFalse();
    assertThat(anonymous.device()).isEqualTo(Device.NONE);
    MapEntry file = at(maps, specimen.number(10));
    assertThat(file.shared()).isTrue();
    assertThat(file.isFile()).isTrue();
    assertThat(file.isDeleted()).isTrue();
    assertThat(file.path()).isEqualTo(directory.resolve("two\nlines").toString());
    assertThat(task.mapLink(file)).isEqualTo(directory.resolve("two\nlines") + " (deleted)");
    try (Fd content = task.openMapped(file, Open.O_RDONLY)) {
      assertThat(content.stat().inode()).isEqualTo(file.inode());
      assertThat(content.stat().device()).isEqualTo(file.device());
    }
    MapEntry code =
        maps.stream()
            .filter(map -> map.path().endsWith("/proc") && map.offset() > 0)
            .findAny()
            .get();
    assertThat(code.path()).isEqualTo(task.link("exe"));
  }

  @Test
  void hasFlagsOnItsMappings() throws IOException {
    List<SmapEntry> smaps = task.smaps();
    assertThat(smaps).extracting(SmapEntry::map).isEqualTo(task.maps());
    SmapEntry page =
        smaps.stream().filter(s -> s.map().start() == specimen.number(9)).findAny().get();
    assertThat(page.has(VmFlag.DONT_DUMP)).isTrue();
    assertThat(page.has(VmFlag.DONT_COPY)).isTrue();
    assertThat(page.has(VmFlag.EXEC)).isTrue();
    assertThat(page.has(VmFlag.SHARED)).isFalse();
    assertThat(page.pageSizeKb()).isEqualTo(4);
    SmapEntry stack = smaps.stream().filter(s -> s.map().name().equals("[stack]")).findAny().get();
    assertThat(stack.has(VmFlag.GROWS_DOWN)).isTrue();
    assertThat(stack.rssKb()).isPositive();
    assertThat(smaps).allMatch(s -> s.unknownFlags().isEmpty());
  }

  @Test
  void hasDescriptors() throws IOException {
    assertThat(task.fds()).contains(0, 1, 2, fd(0), fd(7));
    assertThat(task.fdLink(fd(0))).isEqualTo("anon_inode:[eventfd]");
    assertThat(task.fdLink(fd(6))).isEqualTo(directory.resolve("two\nlines") + " (deleted)");
    assertThatThrownBy(() -> task.fdInfo(999))
        .matches(e -> ((SyscallException) e).is(Errno.ENOENT));
  }

  @Test
  void tellsAboutAnEventfdAndWhoWatchesIt() throws IOException {
    FdInfo event = task.fdInfo(fd(0));
    assertThat(event.flags()).isEqualTo(Open.O_RDWR | Open.O_NONBLOCK | Open.O_CLOEXEC);
    assertThat(event.eventfdCount()).isEqualTo(0x5a);
    assertThat(event.eventfdSemaphore()).isIn(true, null); // null before Linux 6.5
    assertThat(event.sigmask()).isNull();
    assertThat(event.inode()).isPositive();
    FdInfo epoll = task.fdInfo(fd(1));
    EpollTarget target = EpollTarget.of(epoll).getFirst();
    assertThat(EpollTarget.of(epoll)).hasSize(1);
    assertThat(target.fd()).isEqualTo(fd(0));
    assertThat(target.data()).isEqualTo(0xfeedface12345678L);
    assertThat(target.events()).isEqualTo(0x80000000 | 0x1 | 0x8 | 0x10); // and ERR, HUP
    assertThat(target.inode()).isEqualTo(event.inode());
  }

  @Test
  void tellsAboutInotifyAndFanotify() throws IOException {
    long inode = Stat.of(null, directory.toString()).inode();
    InotifyWatch watch = InotifyWatch.of(task.fdInfo(fd(2))).getFirst();
    assertThat(watch.wd()).isEqualTo(1);
    assertThat(watch.inode()).isEqualTo(inode);
    assertThat(watch.mask() & 0xfff).isEqualTo(0x100 | 0x200);
    assertThat(watch.handle()).isNotNull();
    assertThat(watch.handle().handle()).isNotEmpty();
    FdInfo fanotify = task.fdInfo(fd(7));
    assertThat(FanotifyMark.groupOf(fanotify).flags()).isZero();
    assertThat(FanotifyMark.of(fanotify))
        .extracting(FanotifyMark::target)
        .hasExactlyElementsOfTypes(
            FanotifyMark.Target.Mount.class, FanotifyMark.Target.Inode.class);
    FanotifyMark mount = FanotifyMark.of(fanotify).getFirst();
    assertThat(((FanotifyMark.Target.Mount) mount.target()).mountId())
        .isEqualTo((int) Stat.of(null, "/proc").mountId());
    assertThat(mount.mask()).isEqualTo(8);
    FanotifyMark.Target.Inode file =
        (FanotifyMark.Target.Inode) FanotifyMark.of(fanotify).getLast().target();
    assertThat(file.inode()).isEqualTo(inode);
  }

  @Test
  void tellsAboutSignalfdTimerfdAndPidfd() throws IOException {
    assertThat(task.fdInfo(fd(3)).sigmask()).isEqualTo(1 << 9 | 1 << 11);
    TimerfdState timer = TimerfdState.of(task.fdInfo(fd(4)));
    assertThat(timer.clockId()).isEqualTo(1);
    assertThat(timer.ticks()).isZero();
    assertThat(timer.intervalSeconds()).isEqualTo(3);
    assertThat(timer.intervalNanos()).isEqualTo(5);
    assertThat(timer.valueSeconds()).isBetween(90_000L, 100_000L);
    assertThat(task.fdInfo(fd(5)).pid()).isEqualTo(fd(11));
    assertThat(TimerfdState.of(task.fdInfo(fd(3)))).isNull();
  }

  @Test
  void tellsAboutAFileAndItsLocks() throws IOException {
    FdInfo info = task.fdInfo(fd(6));
    assertThat(info.pos()).isEqualTo(6);
    assertThat(info.flags()).isEqualTo(Open.O_RDWR | Open.O_APPEND | Open.O_LARGEFILE);
    assertThat(info.locks()).extracting(FileLock::kind).containsExactly("FLOCK", "POSIX");
    FileLock posix = info.locks().getLast();
    assertThat(posix.type()).isEqualTo("WRITE");
    assertThat(posix.pid()).isEqualTo(specimen.pid());
    assertThat(posix.inode()).isEqualTo(info.inode());
    assertThat(posix.start()).isEqualTo(6);
    assertThat(posix.end()).isEqualTo(15);
    assertThat(info.locks().getFirst().end()).isEqualTo(FileLock.TO_THE_END);
    assertThat(proc.locks())
        .anyMatch(lock -> lock.inode() == posix.inode() && lock.kind().equals("POSIX"));
  }

  @Test
  void tellsWhereItIs() throws IOException {
    assertThat(task.link("cwd")).isEqualTo(directory.toString());
    assertThat(task.link("root")).isEqualTo("/");
    assertThat(task.cmdline()).hasSize(2).endsWith(directory.toString());
    assertThat(task.environ()).anyMatch(variable -> variable.startsWith("PATH="));
    assertThat(task.comm()).isEqualTo(NAME);
    assertThat(task.namespace("net")).isEqualTo(Stat.of(null, "/proc/self/ns/net").inode());
    assertThat(task.namespace("pid_for_children")).isEqualTo(task.namespace("pid"));
    assertThat(task.namespace("nonsense")).isZero();
    assertThat(task.cgroups()).isNotEmpty().anyMatch(cgroup -> cgroup.path().startsWith("/"));
    assertThat(task.uidMap()).containsExactly(new IdMapping(0, 0, -1));
    assertThat(task.gidMap()).containsExactly(new IdMapping(0, 0, -1));
    assertThat(task.timeOffsets()).isEqualTo(new TimeOffsets(0, 0, 0, 0));
  }

  @Test
  void tellsItsSettings() throws IOException {
    assertThat(task.personality()).isEqualTo(0x40000);
    assertThat(task.timerSlackNanos()).isEqualTo(12345);
    assertThat(task.oomScoreAdj()).isBetween(-1000, 1000);
    Files.writeString(Path.of("/proc/" + specimen.pid() + "/coredump_filter"), "0x23");
    assertThat(task.coredumpFilter()).isEqualTo(0x23);
    assertThat(task.loginUid()).isEqualTo((int) Long.parseLong(read("loginuid")));
    // Empty for a task whose session was never given a group: one that a kernel thread started, and
    // its descendants.
    assertThat(task.autogroupNice()).isEqualTo(read("autogroup").isEmpty() ? null : 0);
    ResourceLimit files = task.limits().get(ResourceLimit.RLIMIT_NOFILE);
    assertThat(files).isEqualTo(ResourceLimit.get(specimen.pid(), ResourceLimit.RLIMIT_NOFILE));
    for (int i = 0; i < ResourceLimit.COUNT; i++) {
      assertThat(task.limits().get(i)).isEqualTo(ResourceLimit.get(specimen.pid(), i));
    }
    assertThat(task.timers())
        .containsExactly(new PosixTimer(0, 37, 0x1234, "signal", false, specimen.pid(), 0));
    long[] auxv = task.auxv();
    assertThat(auxv).hasSizeGreaterThan(20).endsWith(0, 0);
    assertThat(auxv).containsSequence(6, 4096); // AT_PAGESZ
  }

  @Test
  void isGoneForGood() throws IOException {
    ProcTask opened;
    try (Specimen other = Specimen.start("idle")) {
      opened = proc.task(other.pid());
    }
    try (ProcTask gone = opened) {
      assertThatThrownBy(gone::stat).matches(e -> ((SyscallException) e).is(Errno.ESRCH), "ESRCH");
      assertThatThrownBy(() -> gone.namespace("nonsense")).isInstanceOf(SyscallException.class);
      assertThatThrownBy(gone::timeOffsets).isInstanceOf(SyscallException.class);
    }
    assertThatThrownBy(() -> proc.task(Integer.MAX_VALUE))
        .matches(e -> ((SyscallException) e).is(Errno.ENOENT));
  }

  private static String read(String name) throws IOException {
    return new String(task.read(name), UTF_8).trim();
  }

  private static MapEntry at(List<MapEntry> maps, long start) {
    return maps.stream().filter(map -> map.start() == start).findAny().orElseThrow();
  }
}
