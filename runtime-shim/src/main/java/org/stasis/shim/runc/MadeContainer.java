package org.stasis.shim.runc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a real runtime keeps about a container that it made of a {@link BoxSpec}: it is told the
 * caller's bundle and configuration instead, so that whoever it starts in there later is as
 * confined as the caller wants it.
 *
 * @param kind of runtime
 * @param folder of the container's state
 */
record MadeContainer(RuntimeKind kind, Path folder) {
  private static final String BUNDLE = "bundle=";

  /**
   * Tells it.
   *
   * @param spec the caller's configuration
   * @param text the caller's config.json as it is
   * @throws IOException when the runtime's files are not what they are known to be
   */
  void forget(BoxSpec spec, byte[] text) throws IOException, RuntimeFailure {
    switch (kind) {
      case RUNC -> change("state.json", state -> toRunc(state, spec));
      case CRUN -> {
        change("status", status -> status.members().put("bundle", spec.bundle().toString()));
        replace("config.json", text);
      }
      case YOUKI -> change("state.json", s -> s.members().put("bundle", spec.bundle().toString()));
    }
  }

  /** What is changed in one of the files. */
  @FunctionalInterface
  private interface Change {
    void make(JsonObject object);
  }

  private static void toRunc(JsonObject state, BoxSpec spec) {
    JsonObject config = state.object("config");
    List<String> labels = new ArrayList<>();
    for (String label : config.texts("labels")) {
      labels.add(label.startsWith(BUNDLE) ? BUNDLE + spec.bundle() : label);
    }
    config.members().put("labels", labels);
    JsonObject wanted = spec.spec().object("process").object("capabilities");
    if (wanted.members().isEmpty()) {
      config.members().put("capabilities", null);
      return;
    }
    Map<String, @Nullable Object> sets = new LinkedHashMap<>();
    for (String set : List.of("Bounding", "Effective", "Inheritable", "Permitted", "Ambient")) {
      String name = set.toLowerCase(Locale.ROOT);
      sets.put(set, wanted.members().containsKey(name) ? wanted.texts(name) : null);
    }
    config.members().put("capabilities", sets);
  }

  private void change(String name, Change change) throws IOException, RuntimeFailure {
    Path file = folder.resolve(name);
    JsonObject object = JsonObject.parse(file.toString(), Files.readString(file));
    change.make(object);
    replace(name, object.bytes());
  }

  private void replace(String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    var mode = Files.getPosixFilePermissions(file);
    Path aside =
        Files.createTempFile(
            folder,
            name + "-",
            "",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      Files.write(aside, content);
      Files.setPosixFilePermissions(aside, mode);
      Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(aside);
    }
  }
}
