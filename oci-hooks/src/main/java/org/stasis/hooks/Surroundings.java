package org.stasis.hooks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;
import org.stasis.shim.runc.JsonObject;
import org.stasis.shim.runc.Specified;

/** What of a container is not its own: from its config.json, and from its first process. */
final class Surroundings {
  private static final int STANDARD_FILES = 3;

  private final JsonObject config;
  private final Path bundle;
  private final Path process;

  Surroundings(JsonObject config, Path bundle, int init) {
    this.config = config;
    this.bundle = bundle;
    this.process = Path.of("/proc", Integer.toString(init));
  }

  /**
   * Members of the record.
   *
   * @throws IOException when the first process or the source of a mount is gone
   */
  Map<String, Object> json() throws IOException {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("bindMounts", bindMounts());
    json.put("namespaces", namespaces());
    json.put("devices", devices());
    json.put("terminal", config.object("process").on("terminal"));
    json.put("standardFiles", standardFiles());
    return json;
  }

  private List<Map<String, Object>> bindMounts() throws SyscallException {
    List<Map<String, Object>> mounts = new ArrayList<>();
    for (JsonObject mount : config.objects("mounts")) {
      if (Specified.isBind(mount)) {
        Path source = bundle.resolve(mount.text("source").orElse(""));
        Stat stat = Stat.of(null, source.toString());
        Map<String, Object> each = new LinkedHashMap<>();
        each.put("destination", mount.text("destination").orElse(""));
        each.put("source", source.toString());
        each.put("device", stat.device().major() + ":" + stat.device().minor());
        each.put("inode", stat.inode());
        mounts.add(each);
      }
    }
    return mounts;
  }

  private List<Map<String, Object>> namespaces() throws IOException {
    List<Map<String, Object>> namespaces = new ArrayList<>();
    for (JsonObject namespace : config.object("linux").objects("namespaces")) {
      String type = namespace.text("type").orElse("");
      Map<String, Object> each = new LinkedHashMap<>();
      each.put("type", type);
      namespace.text("path").filter(path -> !path.isEmpty()).ifPresent(p -> each.put("path", p));
      each.put("inode", Stat.of(null, process.resolve("ns/" + link(type)).toString()).inode());
      namespaces.add(each);
    }
    return namespaces;
  }

  /** The kernel's names of the specification's kinds. */
  private static String link(String type) {
    return switch (type) {
      case "network" -> "net";
      case "mount" -> "mnt";
      default -> type;
    };
  }

  private List<Map<String, Object>> devices() {
    List<Map<String, Object>> devices = new ArrayList<>();
    for (JsonObject device : config.object("linux").objects("devices")) {
      Map<String, Object> each = new LinkedHashMap<>();
      each.put("path", device.text("path").orElse(""));
      each.put("type", device.text("type").orElse(""));
      each.put("major", device.number("major", 0));
      each.put("minor", device.number("minor", 0));
      devices.add(each);
    }
    return devices;
  }

  /** Empty for what is closed. */
  private List<String> standardFiles() throws IOException {
    List<String> files = new ArrayList<>();
    for (int number = 0; number < STANDARD_FILES; number++) {
      files.add(target(process.resolve("fd/" + number)));
    }
    return files;
  }

  private static String target(Path link) throws IOException {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (NoSuchFileException e) {
      return "";
    }
  }
}
