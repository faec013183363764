package org.stasis.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;

/**
 * Texts of the kernel, which are bytes: paths, names, arguments.
 *
 * <p>They are read as UTF-8. A byte that is no UTF-8 becomes the lone surrogate {@code U+DC00} +
 * byte, which no valid text contains; encoding turns it back. So every path survives the way
 * through a {@link String}, and ordinary ones look as people wrote them.
 */
public final class KernelString {
  private static final int ESCAPE = 0xDC00;

  private KernelString() {}

  /**
   * Reads a text.
   *
   * @param bytes where it lies
   * @param offset its first byte
   * @param length how many bytes it has
   * @return the text
   */
  public static String decode(byte[] bytes, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      if (bytes[i] < 0) {
        return decodeWide(bytes, offset, length);
      }
    }
    return new String(bytes, offset, length, ISO_8859_1);
  }

  /**
   * Reads a text; see {@link #decode(byte[], int, int)}.
   *
   * @param bytes all of its bytes
   * @return the text
   */
  public static String decode(byte[] bytes) {
    return decode(bytes, 0, bytes.length);
  }

  /**
   * Reads a text that ends at the first zero byte, or with the memory.
   *
   * @param memory where it lies
   * @param offset its first byte
   * @return the text
   */
  public static String decode(MemorySegment memory, long offset) {
    long end = offset;
    while (end < memory.byteSize() && memory.get(ValueLayout.JAVA_BYTE, end) != 0) {
      end++;
    }
    byte[] bytes = new byte[Math.toIntExact(end - offset)];
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, offset, bytes, 0, bytes.length);
    return decode(bytes, 0, bytes.length);
  }

  /**
   * Writes a text.
   *
   * @param text what {@link #decode} returned, or any Unicode text
   * @return its bytes, without a terminating zero
   * @throws IllegalArgumentException when it contains a zero character
   */
  public static byte[] encode(String text) {
    boolean wide = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0) {
        throw new IllegalArgumentException("a zero byte inside a text for the kernel: " + text);
      }
      wide |= c >= 0x80;
    }
    return wide ? encodeWide(text) : text.getBytes(ISO_8859_1);
  }

  private static String decodeWide(byte[] bytes, int offset, int length) {
    try {
      return UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes, offset, length))
          .toString();
    } catch (CharacterCodingException _) { // the usual answer for a name in another encoding
      return decodeEscaped(bytes, offset, length);
    }
  }

  private static String decodeEscaped(byte[] bytes, int offset, int length) {
    StringBuilder text = new StringBuilder(length);
    int i = offset;
    int end = offset + length;
    while (i < end) {
      int size = sequenceLength(bytes, i, end);
      if (size == 0) {
        text.append((char) (ESCAPE + (bytes[i] & 0xff)));
        i++;
      } else {
        text.append(new String(bytes, i, size, UTF_8));
        i += size;
      }
    }
    return text.toString();
  }

  /** How long the well-formed UTF-8 sequence at an index is; 0 when there is none. */
  private static int sequenceLength(byte[] bytes, int index, int end) {
    int first = bytes[index] & 0xff;
    if (first < 0x80) {
      return 1;
    }
    int size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || index + size > end) {
      return 0;
    }
    int second = bytes[index + 1] & 0xff;
    int low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80; // no overlong forms
    int high =
        first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf; // no surrogates, none past the end
    if (second < low || second > high) {
      return 0;
    }
    for (int i = index + 2; i < index + size; i++) {
      if ((bytes[i] & 0xc0) != 0x80) {
        return 0;
      }
    }
    return size;
  }

  private static byte[] encodeWide(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length() + 16);
    int plain = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++; // a character of two halves, not an escaped byte
      } else if (c >= ESCAPE + 0x80 && c <= ESCAPE + 0xff) {
        bytes.writeBytes(text.substring(plain, i).getBytes(UTF_8));
        bytes.write(c - ESCAPE);
        plain = i + 1;
      }
    }
    bytes.writeBytes(text.substring(plain).getBytes(UTF_8));
    return bytes.toByteArray();
  }
}
