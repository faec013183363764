package org.stasis.shim.archive.tar;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;
import java.util.List;

/**
 * Where a file with holes has data. In the archive the stretches lie one behind the other.
 *
 * @param stretches in ascending order, not overlapping
 */
public record SparseMap(List<Stretch> stretches) {
  /**
   * A piece of data.
   *
   * @param offset in the file, in bytes
   * @param length in bytes
   */
  public record Stretch(long offset, long length) {}

  /**
   * How much data there is.
   *
   * @return bytes
   */
  public long dataBytes() {
    long bytes = 0;
    for (Stretch each : stretches) {
      bytes += each.length();
    }
    return bytes;
  }

  /**
   * The map as it precedes the data in pax's form, version 1.0: decimal lines, how many stretches
   * and then offset and length of each, padded with zeros to whole blocks.
   */
  byte[] encode() {
    StringBuilder text = new StringBuilder().append(stretches.size()).append('\n');
    for (Stretch each : stretches) {
      text.append(each.offset()).append('\n').append(each.length()).append('\n');
    }
    byte[] bytes = text.toString().getBytes(US_ASCII);
    return Arrays.copyOf(bytes, (int) TarHeader.padded(bytes.length));
  }

  /**
   * Whether the stretches lie in a file of that size, in order.
   *
   * @param size in bytes
   */
  boolean fits(long size) {
    long end = 0;
    for (Stretch each : stretches) {
      if (each.offset() < end || each.length() < 0 || each.length() > size - each.offset()) {
        return false;
      }
      end = each.offset() + each.length();
    }
    return true;
  }
}
