package org.stasis.engine.options;

/** The kinds of namespaces(7). */
public enum NamespaceKind {
  /** Control group roots. */
  CGROUP("cgroup", 0x02000000),
  /** System V IPC and POSIX message queues. */
  IPC("ipc", 0x08000000),
  /** Mount points. */
  MNT("mnt", 0x00020000),
  /** Network devices, addresses, sockets. */
  NET("net", 0x40000000),
  /** Process ids. */
  PID("pid", 0x20000000),
  /** Offsets of the monotonic and boot clocks. */
  TIME("time", 0x00000080),
  /** Users, groups and capabilities. */
  USER("user", 0x10000000),
  /** Host and domain name. */
  UTS("uts", 0x04000000);

  private final String word;
  private final int flag;

  NamespaceKind(String word, int flag) {
    this.word = word;
    this.flag = flag;
  }

  /**
   * The name below {@code /proc/PID/ns}.
   *
   * @return such as {@code net}
   */
  public String word() {
    return word;
  }

  /**
   * The bit of clone(2).
   *
   * @return the {@code CLONE_NEW} flag
   */
  public int flag() {
    return flag;
  }

  /**
   * Finds a kind by its name.
   *
   * @param word such as {@code net}
   * @return the kind
   * @throws IllegalArgumentException when there is no such kind
   */
  public static NamespaceKind parse(String word) {
    for (NamespaceKind kind : values()) {
      if (kind.word.equals(word)) {
        return kind;
      }
    }
    throw new IllegalArgumentException("unknown kind of namespace \"" + word + "\"");
  }
}
