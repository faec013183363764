package org.stasis.engine.options;

import java.util.Set;

/**
 * A container that an OCI runtime made, to be filled with a tree: its first process is the root
 * agent and becomes the root task. Namespaces, mounts, control groups and standard descriptors are
 * then what the runtime made of them; of the images comes what is in them.
 *
 * @param anew the kinds of namespace that were made for this container: only these may be filled
 * @param console whether the root agent's standard descriptors are the container's terminal
 */
public record Box(Set<NamespaceKind> anew, boolean console) {
  /** Copies what it is given. */
  public Box {
    anew = Set.copyOf(anew);
  }
}
