package org.stasis.images.json;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Names of the values of a field in the pretty form.
 *
 * @param values by name, in the order they are written
 * @param areFlags whether a value is any number of them, joined by {@code " | "}
 */
record Names(Map<String, Integer> values, boolean areFlags) {
  /** open(2), as numbered on x86-64. */
  private static final Names OPEN_FLAGS =
      flags()
          .with("O_WRONLY", 0x1)
          .with("O_RDWR", 0x2)
          .with("O_CREAT", 0x40)
          .with("O_EXCL", 0x80)
          .with("O_NOCTTY", 0x100)
          .with("O_TRUNC", 0x200)
          .with("O_APPEND", 0x400)
          .with("O_NONBLOCK", 0x800)
          .with("O_DSYNC", 0x1000)
          .with("FASYNC", 0x2000)
          .with("O_DIRECT", 0x4000)
          .with("O_LARGEFILE", 0x8000)
          .with("O_DIRECTORY", 0x10000)
          .with("O_NOFOLLOW", 0x20000)
          .with("O_NOATIME", 0x40000)
          .with("O_CLOEXEC", 0x80000);

  /** F_ADD_SEALS of fcntl(2). */
  private static final Names SEALS =
      flags()
          .with("F_SEAL_SEAL", 0x1)
          .with("F_SEAL_SHRINK", 0x2)
          .with("F_SEAL_GROW", 0x4)
          .with("F_SEAL_WRITE", 0x8)
          .with("F_SEAL_FUTURE_WRITE", 0x10);

  private static final Names PAGEMAP_FLAGS =
      flags().with("PE_PARENT", 0x1).with("PE_LAZY", 0x2).with("PE_PRESENT", 0x4);

  private static final Names PROTECTION =
      flags().with("PROT_READ", 0x1).with("PROT_WRITE", 0x2).with("PROT_EXEC", 0x4);

  private static final Names MAP_FLAGS =
      flags()
          .with("MAP_SHARED", 0x1)
          .with("MAP_PRIVATE", 0x2)
          .with("MAP_ANON", 0x20)
          .with("MAP_GROWSDOWN", 0x100);

  private static final Names VMA_STATUS =
      flags()
          .with("VMA_AREA_REGULAR", 0x1)
          .with("VMA_AREA_STACK", 0x2)
          .with("VMA_AREA_VSYSCALL", 0x4)
          .with("VMA_AREA_VDSO", 0x8)
          .with("VMA_AREA_HEAP", 0x20)
          .with("VMA_FILE_PRIVATE", 0x40)
          .with("VMA_FILE_SHARED", 0x80)
          .with("VMA_ANON_SHARED", 0x100)
          .with("VMA_ANON_PRIVATE", 0x200)
          .with("VMA_AREA_SYSVIPC", 0x400)
          .with("VMA_AREA_SOCKET", 0x800)
          .with("VMA_AREA_VVAR", 0x1000)
          .with("VMA_AREA_AIORING", 0x2000)
          .with("VMA_AREA_MEMFD", 0x4000)
          .with("VMA_AREA_SHSTK", 0x8000)
          .with("VMA_UNSUPP", 0x80000000);

  private static final Names SOCKET_FAMILY =
      constants()
          .with("UNIX", 1)
          .with("INET", 2)
          .with("INET6", 10)
          .with("NETLINK", 16)
          .with("PACKET", 17);

  private static final Names SOCKET_TYPE =
      constants()
          .with("STREAM", 1)
          .with("DGRAM", 2)
          .with("RAW", 3)
          .with("SEQPACKET", 5)
          .with("PACKET", 10);

  private static final Names SOCKET_PROTOCOL =
      constants().with("IP", 0).with("TCP", 6).with("UDP", 17).with("UDPLITE", 136);

  private static final Names SOCKET_STATE =
      constants()
          .with("ESTABLISHED", 1)
          .with("SYN_SENT", 2)
          .with("SYN_RECV", 3)
          .with("FIN_WAIT1", 4)
          .with("FIN_WAIT2", 5)
          .with("TIME_WAIT", 6)
          .with("CLOSE", 7)
          .with("CLOSE_WAIT", 8)
          .with("LAST_ACK", 9)
          .with("LISTEN", 10);

  /** As crit names them, which is not what 3 and 6 mean: see core.proto. */
  private static final Names TASK_STATE =
      constants().with("Alive", 1).with("Zombie", 3).with("Stopped", 6);

  private static Names flags() {
    return new Names(new LinkedHashMap<>(), true);
  }

  private static Names constants() {
    return new Names(new LinkedHashMap<>(), false);
  }

  private Names with(String name, int value) {
    values.put(name, value);
    return this;
  }

  /** The names of a field's values; null for a field without names. */
  static @Nullable Names of(Display display) {
    return switch (display) {
      case OPEN_FLAGS -> OPEN_FLAGS;
      case SEALS -> SEALS;
      case PAGEMAP_FLAGS -> PAGEMAP_FLAGS;
      case PROTECTION -> PROTECTION;
      case MAP_FLAGS -> MAP_FLAGS;
      case VMA_STATUS -> VMA_STATUS;
      case SOCKET_FAMILY -> SOCKET_FAMILY;
      case SOCKET_TYPE -> SOCKET_TYPE;
      case SOCKET_PROTOCOL -> SOCKET_PROTOCOL;
      case SOCKET_STATE -> SOCKET_STATE;
      case TASK_STATE -> TASK_STATE;
      case PLAIN, HEX, DEV, ODEV, IP, SOCKET_NAME -> null;
    };
  }

  /** A value as text; null for a constant without a name. */
  @Nullable String text(int value) {
    if (!areFlags) {
      for (Map.Entry<String, Integer> named : values.entrySet()) {
        if (named.getValue() == value) return named.getKey();
      }
      return null;
    }
    StringBuilder text = new StringBuilder();
    int rest = value;
    for (Map.Entry<String, Integer> named : values.entrySet()) {
      if ((value & named.getValue()) == 0) continue;
      append(text, named.getKey());
      rest &= ~named.getValue();
    }
    if (rest != 0) append(text, "0x" + Integer.toHexString(rest));
    return text.toString();
  }

  private static void append(StringBuilder text, String name) {
    if (!text.isEmpty()) text.append(" | ");
    text.append(name);
  }

  /**
   * A text as value.
   *
   * @throws NumberFormatException when a part is neither a name nor a number
   */
  int value(String text) {
    if (!areFlags) return part(text);
    int value = 0;
    for (int start = 0; start < text.length(); ) {
      int end = text.indexOf('|', start);
      if (end < 0) end = text.length();
      value |= part(text.substring(start, end).strip());
      start = end + 1;
    }
    return value;
  }

  private int part(String text) {
    Integer named = values.get(text);
    return named != null ? named : (int) Numbers.parse(text, 0, 0xffffffffL);
  }
}
