package org.stasis.hooks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Carries out a container's policy until its record is gone or its first process has ended. Each
 * checkpoint is made by {@code stasis-runc checkpoint --leave-running}, called as a person would.
 */
final class RegularCheckpoints implements Runnable {
  private static final long LOOK_MILLIS = 500;

  private final ContainerRecord record;
  private final CheckpointPolicy policy;
  private final Records records;
  private final Path launcher;
  private final Consumer<String> log;
  private final CheckpointFolder folder;

  /**
   * For one container.
   *
   * @param launcher {@code stasis-runc} of the distribution
   * @param log takes a line for each checkpoint
   */
  RegularCheckpoints(
      ContainerRecord record,
      CheckpointPolicy policy,
      Records records,
      Path launcher,
      Consumer<String> log) {
    this.record = record;
    this.policy = policy;
    this.records = records;
    this.launcher = launcher;
    this.log = log;
    this.folder = new CheckpointFolder(policy.directory().resolve(record.id()));
  }

  @Override
  public void run() {
    try {
      while (awaitNext()) {
        checkpoint();
      }
    } catch (InterruptedException e) { // the engine ends; another takes up the policy
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      log.accept(what() + "no more are made: " + e);
    }
  }

  /** Whether the container is still there when the time has come. */
  private boolean awaitNext() throws IOException, InterruptedException {
    long due = System.nanoTime() + policy.every().toNanos();
    while (isWanted()) {
      long left = TimeUnit.NANOSECONDS.toMillis(due - System.nanoTime());
      if (left <= 0) {
        return true;
      }
      Thread.sleep(Math.min(left, LOOK_MILLIS));
    }
    return false;
  }

  private boolean isWanted() throws IOException {
    Optional<ContainerRecord> now = records.read(record.id());
    return now.isPresent() && now.get().init().equals(record.init()) && record.init().isAlive();
  }

  private void checkpoint() throws IOException, InterruptedException {
    Path unfinished = folder.begin();
    ProcessBuilder builder = new ProcessBuilder(command(unfinished));
    builder.environment().put("STASIS_RUNTIME", record.runtime().path());
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.redirectErrorStream(true);
    builder.redirectOutput(unfinished.resolve("checkpoint.out").toFile());
    Process process = builder.start();
    try {
      int status = process.waitFor();
      if (status == 0) {
        log.accept(what() + folder.finish(policy.keep()));
      } else if (isWanted()) {
        String said = Files.readString(unfinished.resolve("checkpoint.out")).strip();
        log.accept(what() + "failed with status " + status + ": " + said + "; " + folder.fail());
      } else {
        folder.fail();
      }
    } catch (InterruptedException e) {
      process.destroy(); // which undoes what it has begun
      process.waitFor();
      throw e;
    }
  }

  private List<String> command(Path images) {
    List<String> words = new ArrayList<>(List.of(launcher.toString()));
    record.runtime().root().ifPresent(root -> words.addAll(List.of("--root", root)));
    words.addAll(List.of("checkpoint", "--leave-running"));
    words.addAll(List.of("--image-path", images.toString(), "--work-path", images.toString()));
    words.addAll(policy.options());
    words.add(record.id());
    return words;
  }

  private String what() {
    return "checkpoint of " + record.id() + ": ";
  }
}
