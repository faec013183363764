package org.stasis.mounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.engine.Obstacle;
import org.stasis.engine.ns.NamespaceThread;
import org.stasis.engine.ns.UserIds;
import org.stasis.engine.options.DumpOptions;
import org.stasis.engine.options.External;
import org.stasis.images.proto.MntEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.Processes;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;
import org.stasis.linux.agent.Provenance;
import org.stasis.linux.proc.MountEntry;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

@DisplayName("Mounts that are surveyed and made again")
class MountRoundTripTest {
  /** Descriptors that this process uses for nothing else. */
  private static final int TERMINALS = 800;

  @TempDir Path directory;

  @BeforeEach
  void needsRoot() {
    assumeTrue(
        "root".equals(System.getProperty("user.name")), "needs root to make mount namespaces");
  }

  @Test
  void areThoseOfAPlainRoot() throws Exception {
    assertComeBack("", "");
  }

  @Test
  void keepKernelFileSystemsAndTheirFlags() throws Exception {
    assertComeBack(
        """
        mount -t proc proc proc
        mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
        mount -t tmpfs -o nosuid,strictatime,mode=755,size=65536k tmpfs dev
        mkdir dev/pts dev/shm dev/mqueue
        mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts dev/pts
        mount -t tmpfs -o nosuid,noexec,nodev,mode=1777,size=64000k shm dev/shm
        mount -t mqueue -o nosuid,noexec,nodev mqueue dev/mqueue
        mknod -m 666 dev/null c 1 3
        """,
        "");
  }

  @Test
  void keepMaskedAndReadOnlyPaths() throws Exception {
    assertComeBack(
        """
        mount -t proc proc proc
        mount -t tmpfs -o nosuid tmpfs dev
        mknod -m 666 dev/null c 1 3
        for i in bus fs irq sys; do
          mount --bind proc/$i proc/$i
          mount -o remount,bind,ro proc/$i
        done
        mount --bind dev/null proc/keys
        mount --bind dev/null proc/timer_list
        mount -t tmpfs -o ro tmpfs proc/acpi
        """,
        "");
  }

  @Test
  void keepTerminalsMountedOnFiles() throws Exception {
    assertComeBack(
        """
        mount -t tmpfs -o nosuid tmpfs dev
        mkdir dev/pts
        mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts dev/pts
        touch dev/console dev/tty1
        exec 6<>dev/pts/ptmx
        exec 7<>dev/pts/ptmx
        exec 8<>dev/pts/ptmx
        mount --bind dev/pts/0 dev/console
        mount --bind dev/pts/2 dev/tty1
        """,
        "");
  }

  @Test
  void keepControlGroups() throws Exception {
    assumeTrue(Files.exists(Path.of("/sys/fs/cgroup")), "needs control groups");
    assertComeBack(
        """
        mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
        mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
        mkdir sys/fs/cgroup/unified
        mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 sys/fs/cgroup/unified
        mount -o remount,ro sys/fs/cgroup
        """,
        "");
  }

  @Test
  void keepBindsOfBindsStackedAndWithAllFlags() throws Exception {
    assertComeBack(
        """
        mount -t tmpfs -o size=1m,nr_inodes=100,mode=750,uid=5,gid=6 one a
        mkdir -p a/x/y
        mount --bind a/x b
        mount --bind b/y c
        mount -o remount,bind,nosuid,nodev,noexec,noatime c
        mount --bind c data
        mount -o remount,bind,nodiratime,relatime data
        mount --bind b tmp
        mount --bind c tmp
        mount -t tmpfs over tmp
        mount -o remount,bind,ro,strictatime tmp
        """,
        "");
  }

  @Test
  void keepBindsWithinTheTree() throws Exception {
    assertComeBack(
        """
        mkdir data/deep
        mount --bind data/deep a
        mount -t tmpfs none b
        mkdir b/x b/y
        mount --bind b/x c
        mount --bind -o ro b/y b/x
        mount -o remount,bind,ro,noexec b/x
        """,
        "");
  }

  @Test
  void keepWhatIsHiddenBelowOthers() throws Exception {
    assertComeBack(
        """
        mount -t tmpfs first a
        mkdir a/in a/in2
        mount -t tmpfs second a/in
        echo deep >a/in/file
        mount -t tmpfs third a/in
        echo over >a/in/file
        mount -t tmpfs fourth a
        echo top >a/file
        """,
        "");
  }

  @Test
  void keepPeerGroupsAndTheirMasters() throws Exception {
    assertComeBack(
        """
        mount -t tmpfs -o mode=700 one a
        mount --make-shared a
        mkdir a/sub
        mount --bind a b
        mount --bind a c
        mount --make-slave c
        mount --make-shared c
        mount --bind c data
        mount --bind a tmp
        mount --make-slave tmp
        mount --bind a/sub etc
        mount -t tmpfs two proc
        mount --make-unbindable proc
        """,
        "");
  }

  @Test
  void keepASharedRoot() throws Exception {
    assertComeBack("", "busybox mount --make-shared /; busybox mount -t tmpfs t /a");
  }

  @Test
  void showWhatTheCallerProvides() throws Exception {
    Path volume = Files.createDirectory(directory.resolve("volume"));
    Path other = Files.createDirectory(directory.resolve("other volume"));
    Files.writeString(other.resolve("whose"), "the other's");
    Path file = Files.writeString(directory.resolve("hosts"), "hosts");
    externals = List.of(mount("/data", "vol"), mount("/etc/hosts", "hosts"));
    provided = List.of(mount("vol", other.toString()), mount("hosts", file.toString()));
    assertComeBack(
        "mount --bind "
            + volume
            + " data; mount --bind "
            + file
            + " etc/hosts\n"
            + "mount -o remount,bind,ro,nosuid etc/hosts",
        "");
  }

  private List<External> externals = List.of();
  private List<External> provided = List.of();

  private static External mount(String key, String value) {
    return new External.Mount(key, value);
  }

  /** Makes a box, surveys it, ends it, makes its mounts again on a thread, and compares. */
  private void assertComeBack(String script, String inside) throws Exception {
    List<MountEntry> before;
    List<MntEntry> entries;
    Map<Integer, byte[]> archives = new HashMap<>();
    Path root;
    try (Box box = Box.start(directory, script, inside)) {
      root = box.root();
      before = MountReader.of(box.pid(), false);
      MountTable mounts = new MountTable(before);
      MountSurvey survey = survey(mounts);
      entries = survey.run();
      List<MountEntry> filesystems = MountNamespace.contentOf(mounts, survey);
      List<Fd> roots = MountReader.roots(box.pid(), mounts, filesystems);
      for (int i = 0; i < roots.size(); i++) {
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        TmpfsPacker.pack(roots.get(i), archive, UserIds.SAME);
        archives.put(filesystems.get(i).device().kernelEncoding(), archive.toByteArray());
        roots.get(i).close();
      }
    }
    List<MountEntry> after = rebuilt(root, entries, archives);
    assertThat(describe(after)).isEqualTo(describe(before));
  }

  private MountSurvey survey(MountTable mounts) throws Exception {
    List<Obstacle> obstacles = new ArrayList<>();
    MountSurvey survey =
        new MountSurvey(
            mounts,
            new MountTable(MountReader.of(Processes.self(), false)),
            DumpOptions.builder(directory, 1).build(),
            externals,
            UserIds.SAME,
            obstacle -> {
              throw new AssertionError(obstacle.toString());
            });
    assertThat(obstacles).isEmpty();
    return survey;
  }

  private List<MountEntry> rebuilt(Path root, List<MntEntry> entries, Map<Integer, byte[]> archives)
      throws Exception {
    Plan plan = new Plan();
    Provenance why = new Provenance("task 1", "", "");
    Program first = plan.program(why);
    Program second = plan.program(why);
    List<MountNode> order = new MountForest(entries, provided, null).ordered();
    AtomicInteger numbers = new AtomicInteger(TERMINALS);
    MountedTerminals terminals = MountedTerminals.of(order, plan, numbers::getAndIncrement);
    MountPlan mountPlan = new MountPlan(plan, order, terminals, Optional.empty());
    mountPlan.prepare(first, root.toString());
    mountPlan.build(second);
    try (ProcFs proc = ProcFs.open();
        ProgramThread programs = new ProgramThread(plan)) {
      return NamespaceThread.call(
          List.of(),
          () -> {
            programs.run(first);
            for (Map.Entry<MountNode, Long> each : mountPlan.toBeFilled().entrySet()) {
              byte[] archive = archives.get(each.getKey().entry().getRootDev());
              try (Fd filesystem = Fd.of(programs.word(each.getValue())).duplicate()) {
                TmpfsUnpacker.unpack(new ByteArrayInputStream(archive), filesystem, UserIds.SAME);
              }
            }
            programs.run(second);
            try (ProcTask self = proc.task(Processes.selfThread())) {
              return self.mounts();
            } finally {
              for (int master = TERMINALS; master < numbers.get(); master++) {
                Fd.of(master).close();
              }
            }
          });
    }
  }

  /** What matters of mounts, numbers replaced by the order in which they appear. */
  private static List<String> describe(List<MountEntry> mounts) {
    MountTable table = new MountTable(mounts);
    MountEntry root = table.root();
    Map<Object, Integer> devices = new HashMap<>();
    Map<Object, Integer> groups = new HashMap<>();
    List<String> lines = new ArrayList<>();
    for (MountEntry mount : mounts.stream().sorted(byPlace(table)).toList()) {
      lines.add(
          String.join(
              " ",
              "dev" + devices.computeIfAbsent(mount.device(), _ -> devices.size()),
              mount.equals(root) ? "ROOT" : mount.fsType() + ":" + relative(mount, root),
              mount.mountPoint(),
              "on " + (mount.equals(root) ? "" : table.find(mount.parentId()).mountPoint()),
              mount.options(),
              "shared " + number(groups, mount.sharedGroup()),
              "master " + number(groups, mount.masterGroup()),
              mount.unbindable() ? "unbindable" : "",
              mount.source(),
              mount.superOptions()));
    }
    return lines;
  }

  private static int number(Map<Object, Integer> groups, int group) {
    return group == 0 ? 0 : groups.computeIfAbsent(group, _ -> groups.size() + 1);
  }

  private static String relative(MountEntry mount, MountEntry root) {
    return mount.device().equals(root.device()) && Paths.isBelow(mount.root(), root.root())
        ? Paths.relative(mount.root(), root.root())
        : mount.root().replace("other volume", "volume");
  }

  private static Comparator<MountEntry> byPlace(MountTable table) {
    return Comparator.comparing(MountEntry::mountPoint)
        .thenComparing(
            mount -> {
              int depth = 0;
              for (MountEntry at = mount; at != null; at = table.find(at.parentId())) {
                depth++;
              }
              return depth;
            });
  }
}
