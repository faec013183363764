package org.stasis.shim.runc;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.stasis.linux.SyscallException;

/**
 * A container as the runtime that made it has written it down.
 *
 * @param id its name
 * @param folder of the runtime's own files about it, openable by this process
 * @param maker whose files these are
 * @param pid of its init, in the pid namespace of the caller
 * @param startTicks when that was started, as of proc_pid_stat(5)
 * @param created when it was made, RFC 3339; empty when it is not told
 * @param bundle absolute path of the folder that it was made of; empty when it is not told
 * @param rootfs absolute path of its root directory on the host
 * @param bindMounts where something of the host is bound, as the specification words it
 * @param cgroupMount where control groups are mounted that are not in a cgroup namespace of its own
 * @param maskedPaths what is hidden
 * @param devices paths of the device nodes that were made for it
 * @param netNamespaceGiven whether it was put into an existing network namespace
 * @param pidNamespaceGiven whether it was put into an existing pid namespace
 * @param criuConfiguration the annotation {@code org.criu.config}; nothing when there is none
 * @param freezer the control group that its processes can be frozen by, openable by this process
 * @param descriptors what 0, 1 and 2 of its init were when it was started, as of /proc/PID/fd
 */
record Container(
    String id,
    Path folder,
    RuntimeKind maker,
    int pid,
    long startTicks,
    String created,
    String bundle,
    String rootfs,
    List<String> bindMounts,
    Optional<String> cgroupMount,
    List<String> maskedPaths,
    List<String> devices,
    boolean netNamespaceGiven,
    boolean pidNamespaceGiven,
    Optional<String> criuConfiguration,
    Optional<Path> freezer,
    List<String> descriptors) {
  static final String CRIU_CONFIGURATION = "org.criu.config";

  /**
   * Reads what a runtime has written.
   *
   * @param root the folder of all containers, openable by this process
   * @param id which one
   * @throws RuntimeFailure when there is none of that name, or its files are not understood
   */
  static Container read(Path root, String id) throws RuntimeFailure, SyscallException {
    Path folder = root.resolve(id);
    Optional<Container> container = RuncState.read(folder, id);
    if (container.isEmpty()) {
      container = CrunState.read(folder, id);
    }
    return container.orElseThrow(() -> new RuntimeFailure("container does not exist"));
  }
}
