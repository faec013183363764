package org.stasis.shim.runc;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.MountEntry;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

/**
 * crun's {@code status}, an object with the container's process, and beside it a copy of its {@code
 * config.json}.
 */
final class CrunState {
  private static final String FILE = "status";
  private static final String SPECIFICATION = "config.json";

  private CrunState() {}

  /**
   * Reads both.
   *
   * @param folder of the container, below crun's root
   * @return nothing when the folder has no such files
   * @throws RuntimeFailure when they have another form
   */
  static Optional<Container> read(Path folder, String id) throws RuntimeFailure, SyscallException {
    Path file = folder.resolve(FILE);
    Optional<JsonObject> read = StateFile.read(file);
    if (read.isEmpty()) {
      return Optional.empty();
    }
    JsonObject status = read.get();
    JsonObject specification =
        StateFile.read(folder.resolve(SPECIFICATION))
            .orElseThrow(() -> new RuntimeFailure(folder + " has no " + SPECIFICATION));
    JsonObject linux = specification.object("linux");
    String bundle = StateFile.text(status, "bundle", file);
    return Optional.of(
        new Container(
            id,
            folder,
            RuntimeKind.CRUN,
            (int) StateFile.number(status, "pid", file),
            StateFile.number(status, "process-start-time", file),
            status.text("created").orElse(""),
            bundle,
            Path.of(bundle).resolve(StateFile.text(status, "rootfs", file)).toString(),
            bindMounts(specification),
            Specified.hasNamespace(linux, "cgroup") ? Optional.empty() : cgroupMount(specification),
            linux.texts("maskedPaths"),
            List.of(), // crun binds its device nodes or makes them; none of them is external to it
            Specified.hasNamespacePath(linux, "network"),
            Specified.hasNamespacePath(linux, "pid"),
            specification.object("annotations").text(Container.CRIU_CONFIGURATION),
            freezer(StateFile.text(status, "cgroup-path", file)),
            descriptors(status, file)));
  }

  private static List<String> bindMounts(JsonObject specification) {
    List<String> destinations = new ArrayList<>();
    for (JsonObject mount : specification.objects("mounts")) {
      if (Specified.isBind(mount)) {
        mount.text("destination").ifPresent(destinations::add);
      }
    }
    return destinations;
  }

  private static Optional<String> cgroupMount(JsonObject specification) {
    return specification.objects("mounts").stream()
        .filter(mount -> mount.text("type").orElse("").equals("cgroup"))
        .findFirst()
        .flatMap(mount -> mount.text("destination"));
  }

  /** Below the mount of the hierarchy with the freezer, of cgroup v1, or else of the only one. */
  private static Optional<Path> freezer(String cgroup) throws SyscallException {
    if (cgroup.isEmpty()) {
      return Optional.empty(); // crun was told to leave control groups alone
    }
    Optional<String> unified = Optional.empty();
    try (ProcFs proc = ProcFs.open();
        ProcTask self = proc.task((int) ProcessHandle.current().pid())) {
      for (MountEntry mount : self.mounts()) {
        if (mount.fsType().equals("cgroup")
            && List.of(mount.superOptions().split(",", -1)).contains("freezer")) {
          return Optional.of(Path.of(mount.mountPoint() + "/" + cgroup));
        }
        if (mount.fsType().equals("cgroup2")) {
          unified = Optional.of(mount.mountPoint());
        }
      }
    }
    return unified.map(mountPoint -> Path.of(mountPoint + "/" + cgroup));
  }

  /** A text that is itself a JSON array. */
  private static List<String> descriptors(JsonObject status, Path file) throws RuntimeFailure {
    String text = StateFile.text(status, "external_descriptors", file);
    return JsonObject.parseTexts(file + ", external_descriptors", text);
  }
}
