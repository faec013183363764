package org.stasis.shim.runc;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * runc's {@code state.json}: one object with the container's process, its control groups and runc's
 * own form of the specification, {@code config}. What one version or another leaves out or adds is
 * not needed here.
 */
final class RuncState {
  private static final String FILE = "state.json";

  private RuncState() {}

  /**
   * Reads it.
   *
   * @param folder of the container, below runc's root
   * @return nothing when the folder has no such file
   * @throws RuntimeFailure when it has another form
   */
  static Optional<Container> read(Path folder, String id) throws RuntimeFailure {
    Path file = folder.resolve(FILE);
    Optional<JsonObject> read = StateFile.read(file);
    if (read.isEmpty()) {
      return Optional.empty();
    }
    JsonObject state = read.get();
    JsonObject config = state.object("config");
    return Optional.of(
        new Container(
            id,
            folder,
            RuntimeKind.RUNC,
            (int) StateFile.number(state, "init_process_pid", file),
            StateFile.number(state, "init_process_start", file),
            state.text("created").orElse(""),
            label(config, "bundle").orElse(""),
            StateFile.text(config, "rootfs", file),
            destinations(config, "bind"),
            Specified.hasNamespace(config, "NEWCGROUP")
                ? Optional.empty()
                : destinations(config, "cgroup").stream().findFirst(),
            config.texts("mask_paths"),
            devices(config),
            Specified.hasNamespacePath(config, "NEWNET"),
            Specified.hasNamespacePath(config, "NEWPID"),
            label(config, Container.CRIU_CONFIGURATION),
            freezer(state.object("cgroup_paths")),
            state.texts("external_descriptors")));
  }

  /** runc calls every mount "bind" whose options say so, whatever its type. */
  private static List<String> destinations(JsonObject config, String device) {
    List<String> destinations = new ArrayList<>();
    for (JsonObject mount : config.objects("mounts")) {
      if (mount.text("device").orElse("").equals(device)) {
        mount.text("destination").ifPresent(destinations::add);
      }
    }
    return destinations;
  }

  private static List<String> devices(JsonObject config) {
    List<String> paths = new ArrayList<>();
    for (JsonObject device : config.objects("devices")) {
      device.text("path").ifPresent(paths::add);
    }
    return paths;
  }

  /** The labels are KEY=VALUE: the bundle, and annotations. */
  private static Optional<String> label(JsonObject config, String key) {
    String start = key + "=";
    return config.texts("labels").stream()
        .filter(label -> label.startsWith(start))
        .map(label -> label.substring(start.length()))
        .findFirst();
  }

  /** The hierarchy with the freezer, of cgroup v1; else the only one, which has no name. */
  private static Optional<Path> freezer(JsonObject cgroups) {
    return cgroups.text("freezer").or(() -> cgroups.text("")).map(Path::of);
  }
}
