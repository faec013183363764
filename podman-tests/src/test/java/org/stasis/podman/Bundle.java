package org.stasis.podman;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A bundle for an OCI runtime: busybox counts, in a file that is bound from outside. A hook leaves
 * a file when the container is removed.
 */
final class Bundle {
  private static final String COUNT =
      "i=0; while :; do i=$((i+1)); echo $i >/data/next; mv /data/next /data/count; sleep 0.1; done";

  private final Path folder;
  private final Path data;

  /**
   * Makes one.
   *
   * @param folder for all its files
   * @param cgroup where its processes go, below each hierarchy
   */
  Bundle(Path folder, String cgroup) throws IOException {
    this.folder = Files.createDirectories(folder);
    this.data = Files.createDirectory(folder.resolve("data"));
    Path bin = Files.createDirectories(folder.resolve("rootfs/bin"));
    for (String name : new String[] {"proc", "sys", "dev", "etc", "real-data"}) {
      Files.createDirectory(folder.resolve("rootfs").resolve(name));
    }
    Files.createSymbolicLink(folder.resolve("rootfs/data"), Path.of("/real-data"));
    Files.copy(Path.of("/bin/busybox"), bin.resolve("busybox"));
    for (String name : new String[] {"sh", "mv", "sleep"}) {
      Files.createSymbolicLink(bin.resolve(name), Path.of("busybox"));
    }
    Command.of("runc", "spec", "--bundle", folder.toString()).run().orFail();
    specify(cgroup);
  }

  private void specify(String cgroup) throws IOException {
    Path file = folder.resolve("config.json");
    ObjectNode all = (ObjectNode) JsonMapper.shared().readTree(Files.readString(file));
    ObjectNode process = (ObjectNode) all.get("process");
    process.put("terminal", false);
    process.remove("rlimits"); // these cannot be raised everywhere
    process.putArray("args").add("/bin/sh").add("-c").add(COUNT);
    ObjectNode mount = ((ArrayNode) all.get("mounts")).addObject();
    mount.put("destination", "/data").put("type", "bind").put("source", data.toString());
    mount.putArray("options").add("rbind").add("rw");
    ((ObjectNode) all.get("root")).put("readonly", true);
    ((ObjectNode) all.get("linux")).put("cgroupsPath", cgroup);
    ObjectNode hook = all.putObject("hooks").putArray("poststop").addObject();
    hook.put("path", "/bin/sh");
    hook.putArray("args").add("sh").add("-c").add("cat >" + removed());
    Files.writeString(file, all.toString());
  }

  Path folder() {
    return folder;
  }

  /** Changes its configuration. */
  void configure(Consumer<ObjectNode> change) throws IOException {
    Path file = folder.resolve("config.json");
    ObjectNode all = (ObjectNode) JsonMapper.shared().readTree(Files.readString(file));
    change.accept(all);
    Files.writeString(file, all.toString());
  }

  /** Leaves its processes in the host's pid namespace. */
  void shareThePidNamespace() throws IOException {
    configure(
        all ->
            ((ArrayNode) all.at("/linux/namespaces"))
                .removeIf(namespace -> namespace.get("type").asString().equals("pid")));
  }

  /**
   * Gives it a terminal, and a shell that ends with status 7.
   *
   * @param commands what the shell does before
   */
  void giveATerminal(String commands) throws IOException {
    configure(
        all -> {
          ObjectNode process = (ObjectNode) all.get("process");
          process.put("terminal", true);
          process.putArray("args").add("/bin/sh").add("-c").add(commands + "; exit 7");
        });
  }

  /** What the hook leaves: the state that it was told. */
  Path removed() {
    return folder.resolve("removed");
  }

  /** How far it has counted, 0 before it has begun. */
  long count() {
    try {
      return Long.parseLong(Files.readString(data.resolve("count")).strip());
    } catch (NoSuchFileException _) {
      return 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until it has counted so far; what it counts to then. */
  long awaitCount(long atLeast) {
    return Eventually.get(
        "the count of " + atLeast,
        () -> Optional.of(count()).filter(count -> count >= atLeast),
        () -> "it has counted to " + count());
  }
}
