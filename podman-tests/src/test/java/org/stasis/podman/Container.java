package org.stasis.podman;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** A container of the test storage, by its name. */
final class Container extends ToolContainer {
  private final Podman podman;

  Container(Podman podman, String name) {
    super(name);
    this.podman = podman;
  }

  @Override
  CommandResult tryTool(String... arguments) {
    return podman.tryRun(arguments);
  }

  @Override
  String logs() {
    CommandResult directory = tryTool("inspect", "--format", "{{.StaticDir}}", name());
    return directory.exitStatus() == 0
        ? LogFile.tail(Path.of(directory.line(), "dump.log"))
            + LogFile.tail(Path.of(directory.line(), "restore.log"))
        : "";
  }

  /** Stops it and writes its images, with options of {@code podman container checkpoint}. */
  CommandResult checkpoint(String... options) {
    return podman.run(words("checkpoint", options));
  }

  /** Brings it back in place, with options of {@code podman container restore}. */
  CommandResult restore(String... options) {
    return podman.run(words("restore", options));
  }

  /** Stops it and writes an archive, from which others can be made; the container is removed. */
  Path export(String... options) {
    Path archive = podman.directory().resolve("checkpoint.tar.zst");
    List<String> all = new ArrayList<>(List.of(options));
    all.addAll(List.of("--export", archive.toString()));
    checkpoint(all.toArray(String[]::new));
    podman.run("rm", name());
    return archive;
  }

  /** Types into it until it has printed what it should, {@code podman attach} staying attached. */
  void type(String text, Predicate<List<String>> printed) {
    podman.whileTyping(
        name(),
        text,
        () ->
            Eventually.get(
                "the answer of " + name(),
                () -> whileRunning(this::log, printed),
                () -> describe().getMessage()));
  }

  private String[] words(String verb, String... options) {
    List<String> words = new ArrayList<>(List.of("container", verb));
    words.addAll(List.of(options));
    words.add(name());
    return words.toArray(String[]::new);
  }

  /** Its address on the tests' bridge network. */
  String address() {
    return inspect("(index .NetworkSettings.Networks \"" + podman.network() + "\").IPAddress");
  }
}
