package org.stasis.images.json;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;

/**
 * Text fields as JSON strings. The format calls them UTF-8, but file names are any bytes: one that
 * is no UTF-8 becomes the unpaired surrogate U+DC00 plus its value, as Python's surrogateescape
 * does it.
 */
final class Texts {
  private Texts() {}

  static String decode(ByteString bytes) {
    if (bytes.isValidUtf8()) return bytes.toStringUtf8();
    StringBuilder text = new StringBuilder();
    int at = 0;
    while (at < bytes.size()) {
      int length = sequenceLength(bytes, at);
      if (length == 0) {
        text.append((char) (0xdc00 | bytes.byteAt(at) & 0xff));
        at++;
      } else {
        text.append(bytes.substring(at, at + length).toStringUtf8());
        at += length;
      }
    }
    return text.toString();
  }

  /** The length of the character that starts here; 0 when none does. */
  private static int sequenceLength(ByteString bytes, int at) {
    for (int length = 1; length <= 4 && at + length <= bytes.size(); length++) {
      if (bytes.substring(at, at + length).isValidUtf8()) return length;
    }
    return 0;
  }

  static ByteString encode(String text) {
    ByteString.Output bytes = ByteString.newOutput();
    int plain = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean escaped = c >= 0xdc80 && c <= 0xdcff && !follows(text, i);
      if (!escaped) continue;
      write(bytes, text, plain, i);
      bytes.write(c & 0xff);
      plain = i + 1;
    }
    write(bytes, text, plain, text.length());
    return bytes.toByteString();
  }

  private static boolean follows(String text, int index) {
    return index > 0 && Character.isHighSurrogate(text.charAt(index - 1));
  }

  private static void write(ByteString.Output bytes, String text, int from, int to) {
    byte[] part = text.substring(from, to).getBytes(StandardCharsets.UTF_8);
    bytes.write(part, 0, part.length);
  }
}
