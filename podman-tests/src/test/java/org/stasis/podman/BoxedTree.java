package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.stasis.specimens.Nanny;

/**
 * Two shells in mount, pid, network, UTS and IPC namespaces of their own, each in its control
 * group, one below the other, in several hierarchies. They hold files that have lost all their
 * names, with their directories, and one that was renamed. Each counts in a file that is there from
 * the outside.
 */
final class BoxedTree implements RestoredTree {
  /** A counter never changes its length: a restore compares the lengths of files. */
  private static final String FIRST = "1000000000";

  private static final List<String> COUNTERS = List.of("count.0", "count.1");

  private static final List<String> HIERARCHIES = List.of("pids", "cpu", "memory", "unified", ".");

  private static final List<String> UNSHARE =
      List.of(
          "/usr/bin/unshare", "--mount", "--pid", "--fork", "--net", "--uts", "--ipc", "sh", "-e");

  private static final String SCRIPT =
      """
      mount --bind "$1" "$1"
      cd "$1"
      mount -t proc proc proc
      mount -t tmpfs tmpfs tmp
      mount -t tmpfs -o mode=755 dev dev
      mknod dev/null c 1 3
      hostname boxed
      pivot_root . old
      /bin/busybox umount -l /old
      exec /bin/busybox setsid /bin/sh -c '
        exec </dev/null >/dev/null 2>&1 10<&-
        mkdir -p /gone/deep
        exec 5>/gone/deep/deleted 6>/deleted 7>/renamed
        echo text >&5
        echo text >&6
        ln /renamed /kept
        rm -r /gone /deleted /renamed
        beat() { while :; do read i </$1; echo $((i + 1)) 1<>/$1; sleep 0.005; done; }
        beat count.1 &
        beat count.0'
      """;

  private final Path folder;
  private final Path root;
  private final List<Path> links = new ArrayList<>(); // names that the dump gave
  private final List<Path> groups = new ArrayList<>();
  private final Nanny nanny;

  BoxedTree() throws IOException {
    folder = Files.createTempDirectory("stasis-box");
    root = Files.createDirectory(folder.resolve("root"));
    Path bin = Files.createDirectory(root.resolve("bin"));
    Files.copy(Path.of("/bin/busybox"), bin.resolve("busybox"));
    assertThat(bin.resolve("busybox").toFile().setExecutable(true)).isTrue();
    for (String tool : List.of("sh", "sleep", "mkdir", "rm", "ln")) {
      Files.createSymbolicLink(bin.resolve(tool), Path.of("busybox"));
    }
    for (String mountpoint : List.of("proc", "dev", "tmp", "old")) {
      Files.createDirectory(root.resolve(mountpoint));
    }
    for (String counter : COUNTERS) {
      Files.writeString(root.resolve(counter), FIRST + "\n");
    }
    Path script = Files.writeString(folder.resolve("box.sh"), SCRIPT);
    List<String> words = new ArrayList<>(UNSHARE);
    words.addAll(List.of(script.toString(), root.toString()));
    nanny = Nanny.start(folder.resolve("box.pid"), Map.of(), folder.resolve("box.out"), words);
    try {
      long[] none = counts();
      Nanny.await("the box to count", () -> hasRun(none));
      makeGroups();
    } catch (IOException | AssertionError e) {
      close();
      throw e;
    }
  }

  private void makeGroups() throws IOException {
    int shell = children(nanny.pid()).getFirst();
    int other = children(shell).getFirst();
    for (String hierarchy : HIERARCHIES) {
      Path top = Path.of("/sys/fs/cgroup", hierarchy);
      if (Files.exists(top.resolve("cgroup.procs"))) {
        Path group = Files.createDirectory(top.resolve(folder.getFileName()));
        groups.add(group);
        Path one = Files.createDirectory(group.resolve("one"));
        Path two = Files.createDirectory(one.resolve("two"));
        Files.writeString(one.resolve("cgroup.procs"), Integer.toString(shell));
        Files.writeString(two.resolve("cgroup.procs"), Integer.toString(other));
      }
    }
    assertThat(groups).as("hierarchies of control groups").isNotEmpty();
  }

  private static List<Integer> children(int pid) throws IOException {
    List<Integer> children = new ArrayList<>();
    String text = Files.readString(Path.of("/proc/" + pid + "/task/" + pid + "/children"));
    for (String word : text.strip().split(" ", -1)) {
      children.add(Integer.valueOf(word));
    }
    return children;
  }

  @Override
  public Path folder() {
    return folder;
  }

  @Override
  public void dump(Criu criu, Path images) throws IOException {
    int shell = children(nanny.pid()).getFirst();
    List<String> words = new ArrayList<>(criu.words("dump", images, List.of("--link-remap", "-t")));
    words.add(Integer.toString(shell));
    CommandResult result = Command.of(words, criu.environment()).run();
    assertThat(result.exitStatus())
        .as(() -> result.errors() + LogFile.tail(images.resolve("stasis-dump.log")))
        .isZero();
    nanny.awaitStatus();
    removeGroups();
    try (Stream<Path> files = Files.list(root)) {
      for (Path file : files.filter(f -> f.toString().contains("/link_remap.")).toList()) {
        links.add(file);
      }
    }
    assertThat(links).as("names that the dump made").hasSize(1);
    Command.of("mount", "--bind", root.toString(), root.toString()).run().orFail();
    Command.of("mount", "--make-private", root.toString()).run().orFail();
  }

  @Override
  public List<String> restoreOptions() {
    return List.of("--root", root.toString());
  }

  @Override
  public long[] counts() {
    try {
      long[] counts = new long[COUNTERS.size()];
      for (int i = 0; i < counts.length; i++) {
        counts[i] = Long.parseLong(Files.readString(root.resolve(COUNTERS.get(i))).strip());
      }
      return counts;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean hasRun(long[] before) {
    long[] now = counts();
    for (int i = 0; i < now.length; i++) {
      if (now[i] <= before[i] + 1) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void assertWell() {
    long[] before = counts();
    Nanny.await("both shells to count on", () -> hasRun(before));
    for (Path group : groups) {
      assertThat(group.resolve("one/two/cgroup.procs")).content().isNotBlank();
    }
  }

  @Override
  public Set<String> traces() throws IOException {
    Set<String> traces = new TreeSet<>();
    try (Stream<Path> files = Files.walk(root);
        Stream<String> mounts = Files.lines(Path.of("/proc/self/mountinfo"))) {
      files.map(Path::toString).forEach(traces::add);
      mounts.filter(mount -> mount.contains(folder.toString())).forEach(traces::add);
    }
    for (Path group : groups) {
      if (Files.exists(group)) {
        try (Stream<Path> left = Files.walk(group)) {
          left.filter(Files::isDirectory).map(Path::toString).forEach(traces::add);
        }
      }
    }
    return traces;
  }

  @Override
  public void ended() throws IOException {
    removeGroups();
    for (Path name : links) {
      if (!Files.exists(name)) { // a restore that succeeds takes it
        Files.createLink(name, root.resolve("kept"));
      }
    }
  }

  private void removeGroups() throws IOException {
    for (Path group : groups) {
      if (Files.exists(group)) {
        try (Stream<Path> all = Files.walk(group)) {
          for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
            if (Files.isDirectory(each)) {
              Files.delete(each);
            }
          }
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    nanny.close();
    removeGroups();
    Command.of("umount", "--lazy", root.toString()).run(); // not mounted before the dump
    BusyTree.remove(folder);
  }
}
