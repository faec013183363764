package org.stasis.specimens;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A C program that sets up a kernel object, says that it is ready, and, told to go on, checks the
 * object itself: {@code src/test/specimens/specimen.h}.
 */
public final class Specimen implements AutoCloseable {
  private final Path folder;
  private final Box box;
  private final @Nullable RootView root;
  private @Nullable Nanny nanny;
  private int pid;
  private Set<String> tree = Set.of();

  private Specimen(Path folder, Box box, @Nullable RootView root) {
    this.folder = folder;
    this.box = box;
    this.root = root;
  }

  /** Names of all specimens that are plain processes. */
  public static List<String> names() throws IOException {
    return names("");
  }

  /** Names of all specimens in a folder of theirs: {@code boxed} are in namespaces of their own. */
  public static List<String> names(String folder) throws IOException {
    List<String> names = new ArrayList<>();
    try (Stream<Path> files = Files.list(TestPrograms.specimens().resolve(folder))) {
      files
          .map(file -> TestPrograms.specimens().relativize(file).toString())
          .filter(name -> name.endsWith(".c"))
          .map(name -> name.substring(0, name.length() - 2))
          .sorted()
          .forEach(names::add);
    }
    return names;
  }

  /** Options that a specimen asks for in its first comments: {@code options: --tcp-established}. */
  public static List<String> options(String name) throws IOException {
    for (String line : Files.readAllLines(TestPrograms.specimens().resolve(name + ".c"))) {
      int at = line.indexOf("options: ");
      if (at >= 0) {
        String words = line.substring(at + "options: ".length()).replace("*/", "").strip();
        return List.of(words.split(" +"));
      }
    }
    return List.of();
  }

  /** Starts one as the leader of a session of its own, and waits until it is ready. */
  public static Specimen start(String name) throws IOException {
    return start(name, Box.HOST);
  }

  /** Starts one in a box, and waits until it is ready. */
  public static Specimen start(String name, Box box) throws IOException {
    Path folder = Files.createTempDirectory("stasis-specimen");
    RootView root = box == Box.HOST ? null : new RootView();
    Specimen specimen = new Specimen(folder, box, root);
    try {
      specimen.begin(name);
      Nanny.await(
          name + " to be ready",
          () -> Files.exists(folder.resolve("ready")) || specimen.hasEnded());
      assertThat(specimen.hasEnded()).as(specimen::result).isFalse();
      specimen.tree = descendants(specimen.pid());
      return specimen;
    } catch (IOException | AssertionError e) {
      specimen.close();
      throw e;
    }
  }

  private void begin(String name) throws IOException {
    Path program = TestPrograms.compiled("specimens/" + name + ".c");
    List<String> words = new ArrayList<>();
    if (root == null) {
      words.addAll(List.of(program.toString(), folder.toString()));
    } else {
      // what runs in the box is in the box
      Path inside = Files.copy(program, folder.resolve("specimen"));
      Path boxProgram = TestPrograms.compiled("c/box.c");
      Files.copy(boxProgram, folder.resolve("box"));
      words.addAll(List.of(boxProgram.toString(), box.word(), root.path().toString()));
      words.addAll(List.of(folder.toString(), inside.toString()));
    }
    Nanny care = Nanny.start(folder.resolve("pid"), Map.of(), folder.resolve("said"), words);
    nanny = care;
    if (root != null) {
      Path made = folder.resolve("root");
      Nanny.await("the box", () -> Files.exists(made) || hasEnded());
      assertThat(hasEnded()).as(this::result).isFalse();
      pid = Integer.parseInt(Files.readString(made));
    } else {
      pid = care.pid();
    }
  }

  /** Whether it, or what was to start it, has ended. */
  private boolean hasEnded() {
    return hasResult() || Files.exists(folder.resolve("pid.status"));
  }

  /** What it runs in. */
  public Box box() {
    return box;
  }

  /** The pid of the root of its tree: its own, or that of its box's first process. */
  public int pid() {
    return pid;
  }

  /** Notes that it was restored, in a box with another pid than before. */
  public void restoredAs(int now) throws IOException {
    pid = now;
    tree = descendants(now);
  }

  /** Options that its restore needs because of its box. */
  public List<String> restoreOptions() {
    return root == null ? List.of() : box.restoreOptions(folder, root.path());
  }

  /** Whether its pid is its own: the folder it was given is its last argument. */
  public boolean isRunning() throws IOException {
    try {
      return Files.readString(Path.of("/proc/" + pid() + "/cmdline")).endsWith(folder + "\0");
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** A folder of its own. */
  public Path folder() {
    return folder;
  }

  /** The process and all below it, as text. */
  private static Set<String> descendants(int root) throws IOException {
    Map<String, String> parents = new HashMap<>();
    try (Stream<Path> all = Files.list(Path.of("/proc"))) {
      for (Path process : all.filter(Specimen::isProcess).toList()) {
        String[] words = stat(process);
        if (words.length > 0) {
          parents.put(process.getFileName().toString(), words[1]);
        }
      }
    }
    Set<String> found = new HashSet<>(Set.of(Integer.toString(root)));
    for (boolean more = true; more; ) {
      more = false;
      for (Map.Entry<String, String> process : parents.entrySet()) {
        more |= found.contains(process.getValue()) && found.add(process.getKey());
      }
    }
    return found;
  }

  /** Waits until nothing of the tree as first started is left, also no group or session. */
  public void awaitEnd() {
    Nanny.await("the end of the dumped process", () -> !isInUse());
  }

  /** Whether a pid is taken: by a process, or as somebody's process group or session. */
  private boolean isInUse() {
    try (Stream<Path> all = Files.list(Path.of("/proc"))) {
      return all.filter(Specimen::isProcess).anyMatch(this::uses);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static boolean isProcess(Path entry) {
    return Character.isDigit(entry.getFileName().toString().charAt(0));
  }

  private boolean uses(Path process) {
    String[] words = stat(process);
    return words.length > 0
        && (tree.contains(process.getFileName().toString())
            || tree.contains(words[2])
            || tree.contains(words[3]));
  }

  /** State, parent, group, session and so on; nothing when it is gone. */
  private static String[] stat(Path process) {
    try {
      String stat = Files.readString(process.resolve("stat"));
      return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    } catch (IOException e) {
      return new String[0];
    }
  }

  /** Whether it has ended by itself. */
  public boolean hasResult() {
    return Files.exists(folder.resolve("result"));
  }

  /** What it found. */
  public String result() {
    try {
      return Files.readString(folder.resolve("result"));
    } catch (IOException e) {
      return "no result: " + e + said();
    }
  }

  private String said() {
    try {
      return ", " + Files.readString(folder.resolve("said"));
    } catch (IOException e) {
      return ", " + e;
    }
  }

  /** Tells it to go on and returns what it found. */
  public String finish() throws IOException {
    Files.createFile(folder.resolve("go"));
    Nanny.await("the specimen's result", this::hasResult);
    return result();
  }

  @Override
  public void close() throws IOException {
    if (nanny != null) {
      nanny.close();
    }
    if (root != null) {
      root.close();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
