package org.stasis.images.json;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Quoted-printable text of RFC 2045, section 6.7: any byte that is no printable ASCII is {@code
 * =XX}, and a line longer than 76 characters goes on after a {@code =} at its end.
 */
final class QuotedPrintable {
  private static final int LINE = 76;

  private QuotedPrintable() {}

  static String encode(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    int column = 0;
    for (int i = 0; i < bytes.length; i++) {
      int b = bytes[i] & 0xff;
      boolean last = i + 1 == bytes.length || bytes[i + 1] == '\n';
      if (b == '\n') {
        text.append('\n');
        column = 0;
        continue;
      }
      boolean quoted = isQuoted(b, last, column);
      int width = quoted ? 3 : 1;
      if (quoted || !last ? column + width >= LINE : column + width > LINE) {
        text.append("=\n");
        column = 0;
        quoted = isQuoted(b, last, column);
        width = quoted ? 3 : 1;
      }
      if (quoted) {
        text.append('=').append(hex(b >>> 4)).append(hex(b & 15));
      } else {
        text.append((char) b);
      }
      column += width;
    }
    return text.toString();
  }

  private static boolean isQuoted(int b, boolean last, int column) {
    if (b == ' ' || b == '\t') return last; // mail would lose it at the end of a line
    if (b == '.') return last && column == 0; // and end there
    return b < ' ' || b > '~' || b == '=';
  }

  private static char hex(int digit) {
    return (char) (digit < 10 ? '0' + digit : 'A' + digit - 10);
  }

  /** Bytes of a text. What is not quoted stands for itself, whatever it is. */
  static byte[] decode(String text) {
    byte[] from = text.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(from.length);
    for (int i = 0; i < from.length; i++) {
      if (from[i] != '=') {
        bytes.write(from[i]);
      } else if (i + 1 < from.length && from[i + 1] == '\n') {
        i += 1;
      } else if (i + 2 < from.length && from[i + 1] == '\r' && from[i + 2] == '\n') {
        i += 2;
      } else {
        int high = i + 2 < from.length ? Character.digit(from[i + 1], 16) : -1;
        int low = high < 0 ? -1 : Character.digit(from[i + 2], 16);
        if (low < 0) throw new NumberFormatException("= without two hexadecimal digits: " + text);
        bytes.write(high << 4 | low);
        i += 2;
      }
    }
    return bytes.toByteArray();
  }
}
