package org.stasis.shim.archive.tar;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Map;
import org.stasis.linux.KernelString;

/**
 * The extended header before an entry, pax(5): what the plain header has no room for. Records of
 * the form {@code LENGTH KEY=VALUE\n}, the length in decimal, in bytes, counting itself. A value is
 * bytes.
 */
final class PaxRecords {
  private final ByteArrayOutputStream records = new ByteArrayOutputStream();

  void add(String key, String value) {
    add(key, KernelString.encode(value));
  }

  void add(String key, byte[] value) {
    byte[] name = KernelString.encode(key);
    int rest = name.length + value.length + 3; // a space, an equals sign, a line end
    int length = rest + digits(rest);
    if (digits(length) > digits(rest)) {
      length++;
    }
    records.writeBytes((length + " ").getBytes(US_ASCII));
    records.writeBytes(name);
    records.write('=');
    records.writeBytes(value);
    records.write('\n');
  }

  private static int digits(int number) {
    return Integer.toString(number).length();
  }

  byte[] bytes() {
    return records.toByteArray();
  }

  /**
   * Reads records.
   *
   * @param bytes of a whole extended header
   * @param offset where that header is, for messages
   * @param into takes them; an empty value takes a record away
   */
  static void parse(byte[] bytes, long offset, Map<String, byte[]> into) throws TarFormatException {
    for (int at = 0; at < bytes.length; ) {
      int space = indexOf(bytes, ' ', at, Math.min(bytes.length, at + 8));
      int length = space <= at ? -1 : decimal(bytes, at, space);
      if (length < 0 || length > bytes.length - at || length < space - at + 3) {
        throw new TarFormatException(offset, "an extended header of records without length");
      }
      int end = at + length - 1;
      int equals = indexOf(bytes, '=', space + 1, end);
      if (bytes[end] != '\n' || equals <= space + 1) {
        throw new TarFormatException(offset, "an extended header with a record that is cut off");
      }
      String key = KernelString.decode(bytes, space + 1, equals - space - 1);
      if (equals + 1 == end) {
        into.remove(key);
      } else if (into.put(key, Arrays.copyOfRange(bytes, equals + 1, end)) != null
          && key.startsWith("GNU.sparse.")) {
        throw new TarFormatException(
            offset, "a sparse file of pax's version 0.0, which is not read");
      }
      at = end + 1;
    }
  }

  private static int indexOf(byte[] bytes, char wanted, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  private static int decimal(byte[] bytes, int from, int to) {
    int number = 0;
    for (int i = from; i < to; i++) {
      if (bytes[i] < '0' || bytes[i] > '9') {
        return -1;
      }
      number = number * 10 + bytes[i] - '0';
    }
    return number;
  }
}
