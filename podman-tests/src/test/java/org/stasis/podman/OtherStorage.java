package org.stasis.podman;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * podman with a storage root of its own, as on another host: it knows no image and no container.
 * Where running containers have their files is the same, for archives have that place in them.
 */
final class OtherStorage implements AutoCloseable {
  private final Podman podman;
  private final Path directory;
  private final List<String> containers = new ArrayList<>();

  OtherStorage(Podman podman) {
    this.podman = podman;
    this.directory = podman.directory();
  }

  /** Brings an image there. */
  void load(String image) {
    Path archive = podman.directory().resolve("image.tar");
    podman.run("save", "--quiet", "--output", archive.toString(), image);
    run("load", "--quiet", "--input", archive.toString());
  }

  /** Makes a container from an archive. */
  ToolContainer restore(Path archive) {
    String name = podman.freshName();
    containers.add(name);
    run("container", "restore", "--import", archive.toString(), "--name", name);
    return new ToolContainer(name) {
      @Override
      CommandResult tryTool(String... arguments) {
        return tryRun(arguments);
      }

      @Override
      String logs() {
        return "";
      }
    };
  }

  private CommandResult tryRun(String... arguments) {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("--root", directory.resolve("root").toString()));
    words.addAll(List.of(arguments));
    return podman.tryRun(words.toArray(String[]::new));
  }

  private CommandResult run(String... arguments) {
    return tryRun(arguments).orFail();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    for (String name : containers) {
      run("rm", "--force", "--time", "0", "--ignore", name);
    }
    run("rmi", "--all", "--force");
    Path mounted = directory.resolve("root/overlay"); // podman leaves it
    new ProcessBuilder("umount", mounted.toString()).start().waitFor();
  }
}
