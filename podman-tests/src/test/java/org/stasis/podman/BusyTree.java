package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.stasis.specimens.Nanny;
import org.stasis.specimens.Specimen;

/**
 * The specimen {@code process-busy}: processes and threads that check themselves all the time and
 * count, so that one can see from outside whether each of them is well.
 */
final class BusyTree implements RestoredTree {
  private static final int THREADS = 9;

  private final Specimen specimen;
  private final Path beats;

  BusyTree() throws IOException {
    specimen = Specimen.start("process-busy");
    beats = specimen.folder().resolve("beats");
  }

  Specimen specimen() {
    return specimen;
  }

  @Override
  public Path folder() {
    return specimen.folder();
  }

  @Override
  public void dump(Criu criu, Path images) {
    criu.dump(specimen, images, List.of());
  }

  @Override
  public List<String> restoreOptions() {
    return List.of();
  }

  /** Everything in its folder and mounts that are not the tests' own doing. */
  @Override
  public Set<String> traces() throws IOException {
    try (Stream<Path> files = Files.list(folder());
        Stream<String> mounts = Files.lines(Path.of("/proc/self/mountinfo"))) {
      Set<String> traces =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> !name.startsWith("restore"))
              .collect(Collectors.toCollection(TreeSet::new));
      mounts.filter(mount -> mount.contains(folder().toString())).forEach(traces::add);
      return traces;
    }
  }

  @Override
  public void ended() {}

  /** A new directory for images; the last one's content goes. */
  Path images() throws IOException {
    Path images = specimen.folder().resolve("images");
    remove(images);
    return Files.createDirectory(images);
  }

  /** Removes a directory, if there is one. */
  static void remove(Path directory) throws IOException {
    if (Files.exists(directory)) {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  /** Whether its first process is there. */
  boolean isThere() throws IOException {
    return specimen.isRunning();
  }

  @Override
  public void assertWell() throws IOException {
    long[] before = counts();
    Nanny.await("all threads to count on", () -> specimen.hasResult() || hasRun(before));
    assertThat(specimen.hasResult()).as(specimen::result).isFalse();
    List<Path> threads = threads();
    assertThat(threads).hasSize(THREADS);
    for (Path thread : threads) {
      List<String> status = status(thread);
      assertThat(status).as(thread.toString()).contains("TracerPid:\t0");
      assertThat(status).as(thread.toString()).noneMatch(line -> line.matches("State:\t[tTZX].*"));
    }
  }

  /** Waits until nobody traces it. */
  void awaitFree() {
    Nanny.await(
        "nobody to trace the tree",
        () -> {
          try {
            return isFree();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** Whether it has all its threads, and nobody traces any. */
  boolean isFree() throws IOException {
    List<Path> threads = threads();
    for (Path thread : threads) {
      if (!status(thread).contains("TracerPid:\t0")) {
        return false;
      }
    }
    return threads.size() == THREADS;
  }

  /** Nothing when it has ended. */
  private static List<String> status(Path thread) throws IOException {
    try {
      return Files.readAllLines(thread.resolve("status"));
    } catch (IOException e) {
      if (Files.exists(thread)) {
        throw e;
      }
      return List.of();
    }
  }

  /** How many mappings its processes have. */
  long mappings() throws IOException {
    long count = 0;
    for (Path process : processes()) {
      count += Files.readAllLines(process.resolve("maps")).size();
    }
    return count;
  }

  @Override
  public boolean hasRun(long[] before) {
    long[] now = counts();
    for (int i = 0; i < THREADS; i++) {
      if (now[i] <= before[i] + 1) { // the next one may have been under way
        return false;
      }
    }
    return true;
  }

  @Override
  public long[] counts() {
    try {
      LongBuffer words =
          ByteBuffer.wrap(Files.readAllBytes(beats)).order(ByteOrder.nativeOrder()).asLongBuffer();
      long[] counts = new long[THREADS];
      words.get(counts);
      return counts;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Path> processes() throws IOException {
    String root = Integer.toString(specimen.pid());
    Path children = Path.of("/proc", root, "task", root, "children");
    List<Path> all = new ArrayList<>();
    if (Files.exists(children)) {
      all.add(Path.of("/proc", root));
      for (String child : Files.readString(children).strip().split(" ", -1)) {
        all.add(Path.of("/proc", child));
      }
    }
    return all;
  }

  private List<Path> threads() throws IOException {
    List<Path> all = new ArrayList<>();
    for (Path process : processes()) {
      Path threads = process.resolve("task");
      if (Files.exists(threads)) {
        try (Stream<Path> each = Files.list(threads)) {
          each.forEach(all::add);
        }
      }
    }
    return all;
  }

  @Override
  public void close() throws IOException {
    specimen.close();
  }
}
