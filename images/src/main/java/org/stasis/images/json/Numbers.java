package org.stasis.images.json;

/** Numbers of a field as text. */
final class Numbers {
  private Numbers() {}

  /**
   * Reads a decimal or, after {@code 0x}, a hexadecimal number.
   *
   * @param min the least there may be, 0 or below
   * @param max the most there may be, unsigned
   * @throws NumberFormatException when it is none, or beyond these
   */
  static long parse(String text, long min, long max) {
    if (text.startsWith("-")) {
      long value = Long.parseLong(text);
      if (value < min) throw new NumberFormatException(text + " is below " + min);
      return value;
    }
    boolean hex = text.startsWith("0x") || text.startsWith("0X");
    long value = hex ? Long.parseUnsignedLong(text.substring(2), 16) : Long.parseUnsignedLong(text);
    if (Long.compareUnsigned(value, max) > 0) {
      throw new NumberFormatException(text + " is above " + Long.toUnsignedString(max));
    }
    return value;
  }

  /** A device number of the kernel's form as text. */
  static String dev(int device) {
    return (device >>> 20) + ":" + (device & 0xfffff);
  }

  /** A device number of the C library's form, makedev(3), as text. */
  static String odev(int device) {
    return (device >>> 8 & 0xfff) + ":" + (device & 0xff | device >>> 12 & 0xfff00);
  }

  /** The device number of a text, in the kernel's form or in the C library's. */
  static int parseDevice(String text, boolean old) {
    int colon = text.indexOf(':');
    if (colon < 0) return (int) parse(text, 0, 0xffffffffL);
    int major = (int) parse(text.substring(0, colon), 0, 0xfff);
    int minor = (int) parse(text.substring(colon + 1), 0, 0xfffff);
    if (!old) return major << 20 | minor;
    return minor & 0xff | major << 8 | (minor & 0xfff00) << 12;
  }
}
