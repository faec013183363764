package org.stasis.engine.options;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The text form of {@link External}. */
final class ExternalSyntax {
  private final String text;
  private final String id;
  private final @Nullable String value;

  private ExternalSyntax(String text, String id, @Nullable String value) {
    this.text = text;
    this.id = id;
    this.value = value;
  }

  static External parse(String text) {
    int open = text.indexOf('[');
    int split = text.indexOf("]:", open + 1); // an id may hold a colon, a value may hold brackets
    int close = split >= 0 ? split : text.length() - 1;
    if (open <= 0 || close <= open || text.charAt(close) != ']') {
      throw new IllegalArgumentException(
          "bad external \"" + text + "\": TYPE[ID] or TYPE[ID]:VALUE");
    }
    String id = text.substring(open + 1, close);
    String value = split >= 0 ? text.substring(split + 2) : null;
    return new ExternalSyntax(text, id, value).ofType(text.substring(0, open));
  }

  private External ofType(String type) {
    return switch (type) {
      case "mnt" -> id.isEmpty() ? autoMounts() : new External.Mount(id, needed());
      case "dev" -> new External.Device(id, needed());
      case "file" -> new External.OpenFile((int) hex(before(':')), hex(after(':')));
      case "tty" -> new External.Tty(hex(before(':')), hex(after(':')));
      case "unix" -> new External.UnixSocket(decimal(id));
      case "net", "pid" -> new External.Namespace(NamespaceKind.parse(type), decimal(id), needed());
      case "veth" -> veth();
      case "macvlan" -> new External.Macvlan(id, needed());
      case "netdev" -> new External.Netdev(id, needed());
      default -> throw bad("unknown type \"" + type + "\"");
    };
  }

  private External autoMounts() {
    char flag = value == null || value.isEmpty() ? ' ' : value.charAt(0);
    if (flag != ' ' && flag != 'm' && flag != 's') {
      throw bad("after mnt[]: comes m or s");
    }
    return new External.AutoMounts(flag == 'm', flag == 's');
  }

  private External veth() {
    String outer = needed();
    int at = outer.indexOf('@');
    return at < 0
        ? new External.Veth(id, outer, Optional.empty())
        : new External.Veth(id, outer.substring(0, at), Optional.of(outer.substring(at + 1)));
  }

  private String needed() {
    if (value == null || value.isEmpty()) {
      throw bad("a value is missing: TYPE[ID]:VALUE");
    }
    return value;
  }

  private String before(char separator) {
    int at = id.indexOf(separator);
    if (at < 0) {
      throw bad("two numbers with " + separator + " between them are needed");
    }
    return id.substring(0, at);
  }

  private String after(char separator) {
    return id.substring(id.indexOf(separator) + 1);
  }

  private long hex(String digits) {
    try {
      return Long.parseUnsignedLong(digits, 16);
    } catch (NumberFormatException e) {
      throw bad("\"" + digits + "\" is not a hexadecimal number without 0x", e);
    }
  }

  private long decimal(String digits) {
    try {
      return Long.parseUnsignedLong(digits);
    } catch (NumberFormatException e) {
      throw bad("\"" + digits + "\" is not a decimal number", e);
    }
  }

  private IllegalArgumentException bad(String why) {
    return new IllegalArgumentException("bad external \"" + text + "\": " + why);
  }

  private IllegalArgumentException bad(String why, NumberFormatException cause) {
    return new IllegalArgumentException("bad external \"" + text + "\": " + why, cause);
  }
}
