package org.stasis.images.json;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Base64 of RFC 2045, as crit writes it: lines of 76 characters, a line feed after each, the last
 * too.
 */
final class Base64Text {
  private static final int LINE_BYTES = 57;
  private static final Base64.Encoder LINES =
      Base64.getMimeEncoder(76, "\n".getBytes(StandardCharsets.US_ASCII));

  private Base64Text() {}

  static String encode(byte[] bytes) {
    if (bytes.length == 0) return "";
    return LINES.encodeToString(bytes) + "\n";
  }

  /**
   * @throws IllegalArgumentException when the text is something else, line feeds and spaces apart
   */
  static byte[] decode(String text) {
    StringBuilder digits = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c > ' ') digits.append(c);
    }
    return Base64.getDecoder().decode(digits.toString());
  }

  /** The text of bytes as they come. */
  static final class Encoding extends Reader {
    private final InputStream bytes;
    private final byte[] piece = new byte[LINE_BYTES * 128];
    private String text = "";
    private int position;

    Encoding(InputStream bytes) {
      this.bytes = bytes;
    }

    @Override
    public int read(char[] into, int offset, int length) throws IOException {
      if (position == text.length()) {
        int count = bytes.readNBytes(piece, 0, piece.length);
        if (count == 0) return -1;
        text = encode(count == piece.length ? piece : java.util.Arrays.copyOf(piece, count));
        position = 0;
      }
      int count = Math.min(length, text.length() - position);
      text.getChars(position, position + count, into, offset);
      position += count;
      return count;
    }

    @Override
    public void close() throws IOException {
      bytes.close();
    }
  }
}
