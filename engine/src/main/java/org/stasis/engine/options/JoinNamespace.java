package org.stasis.engine.options;

import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * An existing namespace that the tree enters.
 *
 * @param kind any but {@link NamespaceKind#PID} and {@link NamespaceKind#CGROUP}
 * @param file the namespace's file, openable by this process
 * @param uid user to become in a user namespace
 * @param gid group to become in a user namespace
 */
public record JoinNamespace(NamespaceKind kind, Path file, OptionalInt uid, OptionalInt gid) {
  /** Checks the kind. */
  public JoinNamespace {
    if (kind == NamespaceKind.PID || kind == NamespaceKind.CGROUP) {
      throw new IllegalArgumentException("a " + kind.word() + " namespace cannot be joined");
    }
    if (kind != NamespaceKind.USER && (uid.isPresent() || gid.isPresent())) {
      throw new IllegalArgumentException(
          "a user or group to become goes with a user namespace, not with " + kind.word());
    }
  }
}
