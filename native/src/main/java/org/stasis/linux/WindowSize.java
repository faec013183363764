package org.stasis.linux;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Size of a terminal's window, {@code struct winsize} of ioctl_tty(2).
 *
 * @param rows of characters
 * @param columns of characters
 * @param xPixels width, mostly 0
 * @param yPixels height, mostly 0
 */
public record WindowSize(int rows, int columns, int xPixels, int yPixels) {
  /** How large the structure is: four 16-bit fields. */
  public static final int BYTES = 8;

  static WindowSize read(MemorySegment memory) {
    return new WindowSize(field(memory, 0), field(memory, 2), field(memory, 4), field(memory, 6));
  }

  private static int field(MemorySegment memory, long offset) {
    return Short.toUnsignedInt(memory.get(JAVA_SHORT, offset));
  }

  /**
   * The structure as the kernel takes it.
   *
   * @return {@link #BYTES} bytes
   */
  public byte[] bytes() {
    return ByteBuffer.allocate(BYTES)
        .order(ByteOrder.nativeOrder())
        .putShort((short) rows)
        .putShort((short) columns)
        .putShort((short) xPixels)
        .putShort((short) yPixels)
        .array();
  }
}
