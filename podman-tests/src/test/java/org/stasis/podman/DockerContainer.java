package org.stasis.podman;

import java.util.ArrayList;
import java.util.List;

/** A container of the tests' Docker Engine. */
final class DockerContainer extends ToolContainer {
  private final Docker docker;

  DockerContainer(Docker docker, String name) {
    super(name);
    this.docker = docker;
  }

  @Override
  CommandResult tryTool(String... arguments) {
    return docker.tryRun(arguments);
  }

  @Override
  String logs() {
    CommandResult id = tryTool("inspect", "--format", "{{.Id}}", name());
    return id.exitStatus() == 0
        ? LogFile.tail(docker.bundle(id.line()).resolve("criu-dump.log"))
            + LogFile.tail(docker.bundle(id.line()).resolve("work/restore.log"))
            + docker.log()
        : docker.log();
  }

  /** {@code docker checkpoint create} with options, whatever it answers. */
  CommandResult tryCheckpoint(String checkpoint, String... options) {
    List<String> words = new ArrayList<>(List.of("checkpoint", "create"));
    words.addAll(List.of(options));
    words.addAll(List.of(name(), checkpoint));
    docker.awaitCollected();
    return tryTool(words.toArray(String[]::new));
  }

  /** {@code docker checkpoint create} with options: it ends, unless they say otherwise. */
  void checkpoint(String checkpoint, String... options) {
    tryCheckpoint(checkpoint, options).orFail();
  }

  /** What {@code docker checkpoint ls} with options names. */
  List<String> checkpoints(String... options) {
    List<String> words = new ArrayList<>(List.of("checkpoint", "ls"));
    words.addAll(List.of(options));
    words.add(name());
    return tryTool(words.toArray(String[]::new)).orFail().output().lines().skip(1).toList();
  }

  /** {@code docker start --checkpoint}, whatever it answers. */
  CommandResult tryStart(String checkpoint) {
    docker.awaitCollected();
    return tryTool("start", "--checkpoint", checkpoint, name());
  }

  /** {@code docker start --checkpoint}. */
  void start(String checkpoint) {
    tryStart(checkpoint).orFail();
  }

  /** Its address on the tests' network. */
  String address() {
    return inspect("(index .NetworkSettings.Networks \"" + Docker.NETWORK + "\").IPAddress");
  }
}
