package org.stasis.shim.runc;

import java.util.List;
import java.util.Optional;

/** Questions about pieces of a container's configuration that every form of it answers alike. */
public final class Specified {
  private static final List<String> BINDS = List.of("bind", "rbind");

  private Specified() {}

  /**
   * Whether a mount shows what is elsewhere.
   *
   * @param mount one of {@code mounts} of a config.json
   * @return by its type, or by its options
   */
  public static boolean isBind(JsonObject mount) {
    return mount.text("type").orElse("").equals("bind")
        || mount.texts("options").stream().anyMatch(BINDS::contains);
  }

  private static Optional<JsonObject> namespace(JsonObject owner, String type) {
    return owner.objects("namespaces").stream()
        .filter(namespace -> namespace.text("type").orElse("").equals(type))
        .findFirst();
  }

  /** Whether an object's list of namespaces has one of a type, made anew or given. */
  static boolean hasNamespace(JsonObject owner, String type) {
    return namespace(owner, type).isPresent();
  }

  /** Whether an object's list of namespaces has one of a type that is given by its path. */
  static boolean hasNamespacePath(JsonObject owner, String type) {
    return namespace(owner, type)
        .flatMap(it -> it.text("path"))
        .filter(p -> !p.isEmpty())
        .isPresent();
  }
}
