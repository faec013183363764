package org.stasis.shim.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A distribution whose engine is of a test's choice, in pid and mount namespaces of its own with an
 * empty {@code /run}: to its engines this is the whole machine. Closing it kills all that is in it.
 */
final class Sandbox implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 60;

  private final Path folder;
  private final String mainClass;
  private final Process holder;
  private final List<Process> started = new ArrayList<>();
  private int outputs;

  /**
   * Makes one.
   *
   * @param folder for all its files
   * @param mainClass of its engines
   */
  Sandbox(Path folder, String mainClass) throws IOException {
    this.folder = folder;
    this.mainClass = mainClass;
    distribution("home");
    Path ready = folder.resolve("ready");
    holder =
        new ProcessBuilder(
                "unshare",
                "--mount",
                "--pid",
                "--fork",
                "--mount-proc",
                "--kill-child",
                "sh",
                "-c",
                "mount -t tmpfs none /run && : >" + ready + " && while :; do sleep 60; done")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("holder").toFile())
            .start();
    await("the sandbox", () -> Files.exists(ready));
  }

  /**
   * Makes a distribution.
   *
   * @param name of its folder
   * @return its launcher
   */
  Path distribution(String name) throws IOException {
    Path home = folder.resolve(name);
    Path launcher = home.resolve("bin/stasis");
    Files.createDirectories(home.resolve("lib"));
    Files.createDirectories(launcher.getParent());
    Files.copy(NativeBuild.launcher(), launcher);
    Files.writeString(home.resolve("lib/launch"), String.join("\n", engineCommand()).concat("\n"));
    for (Path path = folder; path != null; path = path.getParent()) {
      path.toFile().setExecutable(true, false); // for callers that are not root
    }
    return launcher;
  }

  /** The command that makes an engine's process, but for what it is to do. */
  List<String> engineCommand() {
    return List.of(
        System.getProperty("java.home") + "/bin/java",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Xlog:disable",
        "-Xmx64m",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        classPath(),
        mainClass);
  }

  private static String classPath() {
    Set<String> all = new LinkedHashSet<>();
    all.add(Path.of("target/test-classes").toAbsolutePath().toString());
    all.add(Path.of("target/classes").toAbsolutePath().toString());
    for (String property : List.of("java.class.path", "jdk.module.path")) {
      for (String entry : System.getProperty(property, "").split(File.pathSeparator, -1)) {
        if (!entry.isEmpty()) {
          all.add(Path.of(entry).toAbsolutePath().toString());
        }
      }
    }
    return String.join(File.pathSeparator, all);
  }

  Path folder() {
    return folder;
  }

  /** The launcher of the distribution that is there from the start. */
  Path launcher() {
    return folder.resolve("home/bin/stasis");
  }

  /** A call that has been started. */
  record Call(Process process, Path output) {
    /** Its exit status, once it has ended. */
    int status() throws InterruptedException {
      assertThat(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)).as("ended").isTrue();
      return process.exitValue();
    }

    /** What it wrote to standard output and standard error. */
    String text() throws IOException {
      return Files.readString(output, StandardCharsets.UTF_8).strip();
    }

    /** What it wrote, once it has succeeded. */
    String success() throws IOException, InterruptedException {
      assertThat(status()).as(text()).isZero();
      return text();
    }
  }

  /**
   * Calls the launcher of the distribution that is there from the start.
   *
   * @param words its arguments
   */
  Call call(String... words) throws IOException {
    return run(Map.of(), line(launcher().toString(), words));
  }

  /** A command line. */
  static List<String> line(String program, String... words) {
    List<String> line = new ArrayList<>(List.of(program));
    line.addAll(List.of(words));
    return line;
  }

  /**
   * Runs a program in the sandbox.
   *
   * @param environment variables to set
   * @param command the program and its arguments
   */
  Call run(Map<String, String> environment, List<String> command) throws IOException {
    List<String> line =
        new ArrayList<>(
            List.of(
                "nsenter", "-t", String.valueOf(init()), "--mount", "--pid", "--wdns=" + folder));
    line.addAll(command);
    Path output = folder.resolve("output-" + outputs++);
    ProcessBuilder builder =
        new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    started.add(process);
    return new Call(process, output);
  }

  private long init() {
    return holder.children().findFirst().orElseThrow().pid();
  }

  /** Whether a process is alive in the sandbox; a zombie is not. */
  boolean isAlive(String pid) throws IOException, InterruptedException {
    Call ask =
        run(Map.of(), List.of("sh", "-c", "grep -q '^State:.[^ZX]' /proc/" + pid + "/status"));
    return ask.status() == 0;
  }

  /** Kills a process of the sandbox. */
  void kill(String pid) throws IOException, InterruptedException {
    run(Map.of(), List.of("kill", "-KILL", pid)).success();
  }

  /** Whether there is such a file in the sandbox. */
  boolean exists(String path) {
    return Files.exists(Path.of("/proc/" + init() + "/root" + path));
  }

  /** What the resident engines wrote to their log. */
  String log() throws IOException {
    Path log = Path.of("/proc/" + init() + "/root" + RunFolder.LOG_PATH);
    return Files.exists(log) ? Files.readString(log) : "(no log)";
  }

  /** A condition that may fail to be asked. */
  interface Condition {
    boolean holds() throws Exception;
  }

  /**
   * Waits until something is the case.
   *
   * @param what for the message when it does not come
   * @param condition asked again and again
   */
  static void await(String what, Condition condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    try {
      while (!condition.holds()) {
        assertThat(System.nanoTime()).as("deadline for " + what).isLessThan(deadline);
        Thread.sleep(20);
      }
    } catch (Exception e) {
      throw new AssertionError(what, e);
    }
  }

  @Override
  public void close() throws Exception {
    holder.destroyForcibly().waitFor();
    for (Process process : started) {
      process.waitFor();
    }
  }
}
