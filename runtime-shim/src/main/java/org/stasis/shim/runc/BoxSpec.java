package org.stasis.shim.runc;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.RootAgent;
import org.stasis.engine.options.Box;
import org.stasis.engine.options.NamespaceKind;
import org.stasis.linux.Fd;
import org.stasis.linux.Names;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;

/**
 * The configuration that a real runtime makes a container of for a restore: the caller's, except
 * that the first process is the launcher, with what it needs to become the checkpointed one.
 *
 * @param spec the caller's config.json; is not changed
 * @param bundle the folder that it is in, which relative paths start from
 */
record BoxSpec(JsonObject spec, Path bundle) {
  /** The launcher's executable is descriptor 3, see {@code launcher.c}. */
  private static final String EXECUTABLE = "/proc/self/fd/3";

  private static final int STANDARD_STREAMS = 3;
  private static final String MARK = "STASIS_BOX=4";

  /**
   * The configuration for the runtime.
   *
   * @param privileges names of capabilities that the launcher gets
   */
  JsonObject made(List<String> privileges) {
    JsonObject made = copy(spec);
    JsonObject root = made.object("root");
    root.members().put("path", absolute(root.text("path").orElse("rootfs")));
    for (JsonObject mount : made.objects("mounts")) {
      Optional<String> source = mount.text("source");
      if (source.isPresent() && Specified.isBind(mount)) {
        mount.members().put("source", absolute(source.get()));
      }
    }
    JsonObject process = made.object("process");
    process.members().put("args", List.of(EXECUTABLE));
    process.members().put("env", List.of(MARK));
    process.members().put("cwd", "/");
    process.members().put("user", new LinkedHashMap<>(Map.of("uid", 0, "gid", 0)));
    process.members().remove("commandLine");
    Map<String, @Nullable Object> capabilities = new LinkedHashMap<>();
    for (String set : List.of("bounding", "effective", "permitted")) {
      capabilities.put(set, privileges);
    }
    process.members().put("capabilities", capabilities);
    made.members().put("process", process.members());
    made.members().put("root", root.members());
    return made;
  }

  private static JsonObject copy(JsonObject object) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    object.members().forEach((name, value) -> members.put(name, copy(value)));
    return new JsonObject(members);
  }

  private static @Nullable Object copy(@Nullable Object value) {
    return switch (value) {
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        map.forEach((name, member) -> members.put((String) name, copy(member)));
        yield members;
      }
      case List<?> list -> {
        List<@Nullable Object> elements = new java.util.ArrayList<>();
        list.forEach(element -> elements.add(copy(element)));
        yield elements;
      }
      case null, default -> value;
    };
  }

  private String absolute(String path) {
    return bundle.resolve(path).toString();
  }

  /** The kinds of namespaces that the container gets for itself. */
  Set<NamespaceKind> anew() {
    Set<NamespaceKind> anew = EnumSet.noneOf(NamespaceKind.class);
    for (JsonObject namespace : spec.object("linux").objects("namespaces")) {
      if (namespace.text("path").orElse("").isEmpty()) {
        kind(namespace.text("type").orElse("")).ifPresent(anew::add);
      }
    }
    return anew;
  }

  private static Optional<NamespaceKind> kind(String type) {
    return switch (type) {
      case "mount" -> Optional.of(NamespaceKind.MNT);
      case "network" -> Optional.of(NamespaceKind.NET);
      case "pid" -> Optional.of(NamespaceKind.PID);
      case "uts" -> Optional.of(NamespaceKind.UTS);
      case "ipc" -> Optional.of(NamespaceKind.IPC);
      case "user" -> Optional.of(NamespaceKind.USER);
      case "cgroup" -> Optional.of(NamespaceKind.CGROUP);
      case "time" -> Optional.of(NamespaceKind.TIME);
      default -> Optional.empty();
    };
  }

  /** The value of the annotation that names a configuration file. */
  Optional<String> criuConfiguration() {
    return spec.object("annotations").text("org.criu.config");
  }

  /** What the engine has to know of the container. */
  Box box() {
    return new Box(anew(), terminal());
  }

  /** Whether the container has a terminal. */
  boolean terminal() {
    return spec.object("process").on("terminal");
  }

  /**
   * Gives the standard streams to the container's user, as runtimes do: they may be opened anew by
   * their names.
   *
   * @param init the container's first process
   */
  void giveAway(RootAgent init) throws SyscallException {
    int user = (int) spec.object("process").object("user").number("uid", 0);
    if (user == 0 || anew().contains(NamespaceKind.USER)) {
      return;
    }
    for (int number = 0; number < STANDARD_STREAMS; number++) {
      try (Fd fd = init.descriptor(number)) {
        int type = fd.stat().type();
        if (type == Stat.S_IFIFO || type == Stat.S_IFSOCK) {
          Names.changeOwner(fd, "", user, -1, Open.AT_EMPTY_PATH);
        }
      }
    }
  }
}
