package org.stasis.engine.options;

/** What of the control groups of a tree is dumped and restored. */
public enum CgroupMode {
  /** Membership alone; the groups must exist. */
  NONE("none"),
  /** Groups are made; properties are restored even where the group existed. */
  PROPS("props"),
  /** Groups are made; properties are restored where the group was made now. */
  SOFT("soft"),
  /** Groups are made; every property is restored. */
  FULL("full"),
  /** No group may exist before; every property is restored. */
  STRICT("strict"),
  /** Nothing: the tree stays in the groups of whoever restores it. */
  IGNORE("ignore");

  private final String word;

  CgroupMode(String word) {
    this.word = word;
  }

  /**
   * The mode's name on a command line.
   *
   * @return such as {@code soft}
   */
  public String word() {
    return word;
  }

  /**
   * Finds a mode by its name.
   *
   * @param word such as {@code soft}
   * @return the mode
   * @throws IllegalArgumentException when there is no such mode
   */
  public static CgroupMode parse(String word) {
    for (CgroupMode mode : values()) {
      if (mode.word.equals(word)) {
        return mode;
      }
    }
    throw new IllegalArgumentException(
        "unknown cgroup mode \"" + word + "\": none, props, soft, full, strict or ignore");
  }
}
