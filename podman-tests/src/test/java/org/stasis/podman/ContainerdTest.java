package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A container of containerd")
@Tag("container")
class ContainerdTest {
  private static final String BUSYBOX = "localhost/stasis/busybox:1";

  @RegisterExtension static final Containerd CONTAINERD = new Containerd("busybox");

  @TempDir Path folder;

  private Path counting(String id, String... options) {
    Path log = folder.resolve(id + ".log");
    List<String> words = new ArrayList<>(List.of("run", "--detach", "--log-uri", "file://" + log));
    words.addAll(List.of(options));
    words.addAll(List.of(BUSYBOX, id, "sh", "-c", Counting.SHELL));
    CONTAINERD.run(words.toArray(String[]::new));
    awaitNumber(log, 3);
    return log;
  }

  private static List<Long> numbers(Path log) {
    try {
      return Files.exists(log)
          ? Files.readAllLines(log).stream().map(Long::valueOf).toList()
          : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Long> awaitNumber(Path log, long number) {
    return Eventually.get(
        log + " has " + number,
        () -> Optional.of(numbers(log)).filter(all -> !all.isEmpty() && all.getLast() >= number),
        () -> LogFile.tail(log));
  }

  private static void end(String id) {
    CONTAINERD.run("tasks", "kill", "--signal", "SIGKILL", id);
    awaitStopped(id);
    CONTAINERD.run("tasks", "delete", id);
    CONTAINERD.run("containers", "delete", id);
  }

  /** An attached ctr deletes the task as soon as that has stopped. */
  private static void awaitStopped(String id) {
    Eventually.get(
        "the end of " + id,
        () -> Optional.of(CONTAINERD.status(id)).filter(Set.of("STOPPED", "no task")::contains),
        () -> CONTAINERD.status(id));
  }

  /** Makes a container of a checkpoint, and does something while what it says goes to a file. */
  private void whileRestored(String id, String reference, Path output, Runnable work) {
    CONTAINERD.run("containers", "restore", "--rw", "--live", id, reference);
    Path errors = folder.resolve(id + ".errors");
    try {
      // ctr hands the signals it gets to the task: only SIGKILL ends ctr itself
      Process attached = CONTAINERD.command("tasks", "attach", id).start(output, errors);
      try {
        work.run();
      } finally {
        Command.kill(attached);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while attached to " + id, e);
    }
  }

  @Test
  void leavesTheCheckpointOfItsTaskWhereItIsTold() {
    Path log = counting("left");
    Path images = folder.resolve("images");
    Path work = folder.resolve("work");

    CONTAINERD.run("tasks", "checkpoint", "--image-path=" + images, "--work-path=" + work, "left");

    assertThat(images.resolve("inventory.img")).isNotEmptyFile();
    assertThat(images.resolve("descriptors.json")).isNotEmptyFile();
    assertThat(work.resolve("dump.log")).isNotEmptyFile();
    assertThat(work.resolve("stats-dump")).isNotEmptyFile();
    assertThat(CONTAINERD.status("left")).isEqualTo("RUNNING");
    Counting.assertUnbroken(awaitNumber(log, numbers(log).getLast() + 5));

    CONTAINERD.run("tasks", "checkpoint", "--exit", "--image-path=" + images + "-2", "left");
    awaitStopped("left");
  }

  @Test
  void comesBackUnderAnotherNameFromAnImageWithTaskAndFiles() {
    Path log = counting("original");
    CONTAINERD.run("tasks", "exec", "--exec-id", "x", "original", "sh", "-c", "echo 1 >/changed");
    CONTAINERD.run(
        "containers", "checkpoint", "--rw", "--image", "--task", "original", "checkpoint/one:1");
    long atCheckpoint = numbers(log).getLast();
    Counting.assertUnbroken(awaitNumber(log, atCheckpoint + 5));
    end("original");

    Path output = folder.resolve("copy.out");
    whileRestored(
        "copy",
        "checkpoint/one:1",
        output,
        () -> {
          List<Long> said = awaitNumber(output, atCheckpoint + 5);
          Counting.assertUnbroken(said);
          assertThat(said.getFirst()).isGreaterThan(3).isLessThanOrEqualTo(atCheckpoint + 1);
          assertThat(CONTAINERD.status("copy")).isEqualTo("RUNNING");
          String changed =
              CONTAINERD.run("tasks", "exec", "--exec-id", "y", "copy", "cat", "/changed").line();
          assertThat(changed).isEqualTo("1");
          // ctr restores no checkpoint that it made of a restored container, but its task can be
          // dumped
          CONTAINERD.run("tasks", "checkpoint", "--exit", "--image-path=" + folder + "/i", "copy");
          awaitStopped("copy");
        });
    assertThat(folder.resolve("i/inventory.img")).isNotEmptyFile();
  }

  @Test
  void runsOnWhenItCannotBeCheckpointed() throws IOException {
    Path log = counting("unharmed");
    Path file = Files.writeString(folder.resolve("file"), "no directory");

    CommandResult failed =
        CONTAINERD.tryRun("tasks", "checkpoint", "--image-path=" + file + "/images", "unharmed");

    assertThat(failed.exitStatus()).isNotZero();
    assertThat(failed.errors()).contains("not a directory");
    assertThat(CONTAINERD.status("unharmed")).isEqualTo("RUNNING");
    Counting.assertUnbroken(awaitNumber(log, numbers(log).getLast() + 5));
  }

  @Test
  void comesBackThroughStasisRuncToo() {
    Path runtime = CONTAINERD.peers().criuDirectory().resolve("stasis-runc");
    assumeTrue(Files.exists(runtime), "stasis-runc is Stasis's own, no criu's");
    Path log = counting("runtime", "--runc-binary", runtime.toString());
    CONTAINERD.run(
        "containers", "checkpoint", "--rw", "--image", "--task", "runtime", "checkpoint/three:1");
    long atCheckpoint = numbers(log).getLast();
    Counting.assertUnbroken(awaitNumber(log, atCheckpoint + 5));
    end("runtime");

    Path output = folder.resolve("again.out");
    whileRestored(
        "again",
        "checkpoint/three:1",
        output,
        () -> Counting.assertUnbroken(awaitNumber(output, atCheckpoint + 5)));
  }
}
