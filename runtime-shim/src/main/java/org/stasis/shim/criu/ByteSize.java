package org.stasis.shim.criu;

/** A number of bytes with K, M or G (powers of 1024) behind it. */
final class ByteSize {
  private ByteSize() {}

  static long parse(String text) {
    int shift = text.isEmpty() ? 0 : shift(text.charAt(text.length() - 1));
    long number = Long.parseLong(shift == 0 ? text : text.substring(0, text.length() - 1));
    if (number < 0 || number > Long.MAX_VALUE >> shift) {
      throw new IllegalArgumentException("out of range");
    }
    return number << shift;
  }

  private static int shift(char unit) {
    return switch (unit) {
      case 'K', 'k' -> 10;
      case 'M', 'm' -> 20;
      case 'G', 'g' -> 30;
      default -> 0;
    };
  }
}
