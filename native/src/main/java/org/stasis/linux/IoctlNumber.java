package org.stasis.linux;

/**
 * How the number of an ioctl(2) request is made of direction, type, number and argument size,
 * {@code asm-generic/ioctl.h}.
 */
public final class IoctlNumber {
  private static final int WRITE = 1;
  private static final int READ = 2;

  private IoctlNumber() {}

  /**
   * A request without argument, {@code _IO}.
   *
   * @param type the family's letter
   * @param number the request within the family
   * @return the request's number
   */
  public static long none(int type, int number) {
    return make(0, type, number, 0);
  }

  /**
   * A request that the kernel answers, {@code _IOR}.
   *
   * @param type the family's letter
   * @param number the request within the family
   * @param bytes size of the argument
   * @return the request's number
   */
  public static long read(int type, int number, long bytes) {
    return make(READ, type, number, bytes);
  }

  /**
   * A request that the kernel reads, {@code _IOW}.
   *
   * @param type the family's letter
   * @param number the request within the family
   * @param bytes size of the argument
   * @return the request's number
   */
  public static long write(int type, int number, long bytes) {
    return make(WRITE, type, number, bytes);
  }

  /**
   * A request that the kernel reads and answers, {@code _IOWR}.
   *
   * @param type the family's letter
   * @param number the request within the family
   * @param bytes size of the argument
   * @return the request's number
   */
  public static long readWrite(int type, int number, long bytes) {
    return make(READ | WRITE, type, number, bytes);
  }

  private static long make(int direction, int type, int number, long bytes) {
    return ((long) direction << 30) | (bytes << 16) | ((long) type << 8) | number;
  }
}
