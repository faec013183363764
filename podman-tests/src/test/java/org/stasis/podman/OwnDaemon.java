package org.stasis.podman;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A daemon of a container tool for one test class: everything it has is in a folder of its own, and
 * its containers are in control groups of its own. When it is closed nothing is left of it, its
 * containers and its mounts, even when it does not end as it should.
 */
final class OwnDaemon implements AutoCloseable {
  private final Path folder;
  private final Process process;

  private OwnDaemon(Path folder, Process process) {
    this.folder = folder;
    this.process = process;
  }

  /**
   * A folder for a daemon; short, as sockets are made far below it, and on a file system that
   * overlays can be made on.
   */
  static Path newFolder(Peers peers) throws IOException {
    return Files.createTempDirectory(Path.of(peers.place("daemons.home")), "d");
  }

  /** The control group below which its containers are: their parent, as the tools want it. */
  static String cgroup(Path folder) {
    return "/stasis-" + folder.getFileName();
  }

  /**
   * Starts it and waits until it answers.
   *
   * @param folder the new folder, where its configuration already is; deleted in the end
   * @param command program and arguments
   * @param question a command that succeeds once the daemon serves
   */
  static OwnDaemon start(
      Path folder, Map<String, String> environment, List<String> command, List<String> question)
      throws IOException {
    Path log = log(folder);
    Map<String, String> own = new HashMap<>(environment);
    String scratch = Files.createDirectory(folder.resolve("tmp")).toString();
    own.put("TMPDIR", scratch);
    own.put("XDG_RUNTIME_DIR", scratch); // where containerd unpacks checkpoints, for good
    OwnDaemon daemon = new OwnDaemon(folder, Command.of(command, own).start(log, log));
    try {
      Eventually.get(
          "an answer of " + command.getFirst(),
          () -> daemon.answer(Command.of(question, environment)),
          () -> LogFile.tail(log));
      return daemon;
    } catch (AssertionError e) {
      daemon.closeAfter(e);
      throw e;
    }
  }

  private Optional<CommandResult> answer(Command question) {
    if (!process.isAlive()) {
      throw new AssertionError("the daemon ended" + LogFile.tail(log(folder)));
    }
    return Optional.of(question.run()).filter(result -> result.exitStatus() == 0);
  }

  private void closeAfter(AssertionError first) {
    try {
      close();
    } catch (IOException | AssertionError e) {
      first.addSuppressed(e);
    }
  }

  private static Path log(Path folder) {
    return folder.resolve("daemon.log");
  }

  /** The end of its log. */
  String log() {
    return LogFile.tail(log(folder));
  }

  @Override
  public void close() throws IOException {
    try {
      process.destroy();
      if (!process.waitFor(Eventually.DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
        Command.kill(process);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while ending a daemon", e);
    }
    List<Path> groups = ControlGroupFolders.named(cgroup(folder).substring(1));
    Eventually.get("the end of what ran below " + folder, () -> killed(groups), this::log);
    for (Path mount : mounts()) {
      Command.of("umount", mount.toString()).run().orFail();
    }
    for (Path group : groups) {
      Files.delete(group);
    }
    deleteAll(folder);
  }

  /** Kills its shims and what is in its control groups; present when there is nothing to kill. */
  private Optional<Boolean> killed(List<Path> groups) {
    boolean any = false;
    for (Path group : groups) {
      any |= killMembers(group.resolve("cgroup.procs"));
    }
    String mark = folder + "/";
    for (ProcessHandle each : ProcessHandle.allProcesses().toList()) {
      if (each.info().commandLine().filter(line -> line.contains(mark)).isPresent()) {
        any |= each.destroyForcibly();
      }
    }
    return any ? Optional.empty() : Optional.of(true);
  }

  private static boolean killMembers(Path members) {
    try {
      List<String> pids = Files.readAllLines(members);
      for (String pid : pids) {
        ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
      }
      return !pids.isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is mounted below the folder, the last one first. */
  private List<Path> mounts() throws IOException {
    List<Path> found = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("/proc/self/mounts"))) {
      Path point = Path.of(line.split(" ")[1]);
      if (point.startsWith(folder)) {
        found.addFirst(point);
      }
    }
    return found;
  }

  private static void deleteAll(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
