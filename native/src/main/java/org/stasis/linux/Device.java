package org.stasis.linux;

/**
 * A device number.
 *
 * @param major the driver
 * @param minor the device within the driver
 */
public record Device(int major, int minor) {
  /** No device. */
  public static final Device NONE = new Device(0, 0);

  /**
   * Reads the number that stat(2) and mknod(2) use, {@code makedev(3)}.
   *
   * @param encoded the number
   * @return the device
   */
  public static Device ofUserEncoding(long encoded) {
    int major = (int) (((encoded >>> 8) & 0xfff) | ((encoded >>> 32) & ~0xfff));
    int minor = (int) ((encoded & 0xff) | ((encoded >>> 12) & ~0xff));
    return new Device(major, minor);
  }

  /**
   * Reads the number that the kernel keeps: 12 bits of major, 20 of minor.
   *
   * @param encoded the number
   * @return the device
   */
  public static Device ofKernelEncoding(long encoded) {
    return new Device((int) (encoded >>> 20), (int) (encoded & 0xfffff));
  }

  /**
   * The number that stat(2) and mknod(2) use, {@code makedev(3)}.
   *
   * @return the number
   */
  public long userEncoding() {
    long wideMajor = Integer.toUnsignedLong(major);
    long wideMinor = Integer.toUnsignedLong(minor);
    return ((wideMajor & 0xfff) << 8)
        | ((wideMajor & ~0xfffL) << 32)
        | (wideMinor & 0xff)
        | ((wideMinor & ~0xffL) << 12);
  }

  /**
   * The number that the kernel keeps: 12 bits of major, 20 of minor.
   *
   * @return the number
   */
  public int kernelEncoding() {
    return (major << 20) | minor;
  }
}
