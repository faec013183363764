package org.stasis.images;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;

/**
 * An upper bound of the memory a message takes once parsed, found without parsing it. Two bytes on
 * the wire can ask for an object of several hundred, so the length of a hostile message says
 * little. Used where the file is large enough for that to matter; elsewhere {@link #WORST_PER_BYTE}
 * will do.
 */
final class MessageCost {
  /** No byte of any message costs more than so many. */
  static final int WORST_PER_BYTE = 320;

  private static final int OBJECT_BYTES = 64;
  private static final int UNKNOWN_FIELD_BYTES = 400;
  private static final int DEPTH = 100; // the parser's own limit

  private final byte[] data;
  private final long limitBytes;
  private int position;
  private long cost;

  private MessageCost(byte[] data, int position, long limitBytes) {
    this.data = data;
    this.position = position;
    this.limitBytes = limitBytes;
  }

  /** What one reading may hold of the heap. */
  static long heapLimitBytes() {
    return Runtime.getRuntime().maxMemory() / 4;
  }

  /**
   * @param limitBytes counting stops once this is passed
   * @return bytes, possibly far above the truth for short messages. Where the data is no message,
   *     what was counted until then: the parser will say what is wrong
   */
  static long of(Descriptor type, byte[] data, int offset, int lengthBytes, long limitBytes) {
    MessageCost scan = new MessageCost(data, offset, limitBytes);
    scan.message(type, offset + lengthBytes, 0);
    return scan.cost;
  }

  /** False when the data is broken or the limit passed: no use going on. */
  private boolean message(Descriptor type, int end, int depth) {
    // Twice: lists grow by half, and for a moment the old array is there too.
    cost += 2L * (OBJECT_BYTES + 8L * type.getFields().size());
    if (depth > DEPTH) return false;
    while (position < end) {
      if (cost > limitBytes) return false;
      long tag = varint(end);
      if (tag < 0) return false;
      FieldDescriptor field = type.findFieldByNumber((int) (tag >>> 3));
      cost += field == null ? UNKNOWN_FIELD_BYTES : 16;
      if (!value((int) tag & 7, field, end, depth)) return false;
    }
    return position == end;
  }

  private boolean value(
      int wireType, @org.jspecify.annotations.Nullable FieldDescriptor field, int end, int depth) {
    switch (wireType) {
      case 0 -> {
        while (position < end && data[position] < 0) position++;
        position++;
      }
      case 1 -> position += 8;
      case 5 -> position += 4;
      case 2 -> {
        long length = varint(end);
        if (length < 0 || length > end - position) return false;
        if (field != null && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
          return message(field.getMessageType(), position + (int) length, depth + 1);
        }
        // Packed numbers take up to 16 bytes for one, growth included; texts are copied.
        boolean packed = field != null && field.isPackable();
        cost += 2L * OBJECT_BYTES + (packed ? 16 : 2) * length;
        position += (int) length;
      }
      default -> cost += UNKNOWN_FIELD_BYTES; // groups, which no message here has
    }
    return position <= end;
  }

  /** Up to 35 bits; -1 for anything that can't be a tag or a length. */
  private long varint(int end) {
    long result = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      if (position >= end) return -1;
      byte b = data[position++];
      result |= (long) (b & 0x7f) << shift;
      if (b >= 0) return result;
    }
    return -1;
  }
}
