package org.stasis.podman;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code stasis-runc} in front of a runtime, and that runtime itself, with state folder and log of
 * their own. crun does not run where cgroup v1 and v2 are both mounted: its commands see the former
 * alone.
 *
 * @param name of the real runtime
 * @param door path of stasis-runc
 * @param folder for state and log
 * @param environment that criu is found in
 */
record RuntimeDoor(String name, Path door, Path folder, Map<String, String> environment) {
  private static final String SILENTLY = " >/dev/null 2>&1";
  private static final String ONE_VERSION_OF_CGROUPS =
      "if mountpoint -q /sys/fs/cgroup/unified; then umount /sys/fs/cgroup/unified; fi; ";

  /** A command through the door. */
  CommandResult stasis(String... words) {
    return run(door.toString(), "", words);
  }

  /** The same for one that makes a container: what that inherits must not be a file of the host. */
  CommandResult stasisSilently(String... words) {
    return run(door.toString(), SILENTLY, words);
  }

  /** A command that the runtime is given directly. */
  CommandResult direct(String... words) {
    return run(name, "", words);
  }

  /** The same for one that makes a container. */
  CommandResult directSilently(String... words) {
    return run(name, SILENTLY, words);
  }

  /** The file that errors are logged to. */
  Path log() {
    return folder.resolve("errors.json");
  }

  /** The words of a command through the door, for whoever runs it otherwise. */
  List<String> line(String... words) {
    return line(door.toString(), "", words);
  }

  private List<String> line(String program, String silently, String... words) {
    List<String> line = new ArrayList<>();
    String prepare = "";
    if (name.equals("crun")) {
      line.addAll(List.of("unshare", "--mount"));
      prepare = ONE_VERSION_OF_CGROUPS;
    }
    line.addAll(List.of("sh", "-c", prepare + "exec \"$@\"" + silently, "sh"));
    line.addAll(List.of(program, "--root", folder.resolve("state").toString()));
    line.addAll(List.of("--log", log().toString(), "--log-format", "json"));
    line.addAll(List.of(words));
    return line;
  }

  /** The environment that all commands get. */
  Map<String, String> forCommands() {
    Map<String, String> all = new HashMap<>(environment);
    all.put("STASIS_RUNTIME", name);
    return all;
  }

  private CommandResult run(String program, String silently, String... words) {
    CommandResult result = Command.of(line(program, silently, words), forCommands()).run();
    String errors = Files.exists(log()) ? LogFile.tail(log()) : "";
    return new CommandResult(
        result.command(), result.exitStatus(), result.output(), result.errors() + errors);
  }

  @Override
  public String toString() {
    return name;
  }
}
