package org.stasis.linux.socket;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/** Walks through the attributes behind the fixed part of a netlink message, netlink(7). */
final class Attributes {
  private static final int HEADER_BYTES = 4;
  private static final int TYPE_MASK = 0x3fff; // two flags above

  private final MemorySegment message;
  private long at;
  private long next;

  Attributes(MemorySegment message, long start) {
    this.message = message;
    this.next = start;
  }

  /** Moves to the next attribute; false at the end. */
  boolean next() {
    at = next;
    if (at + HEADER_BYTES > message.byteSize()) {
      return false;
    }
    int length = length();
    if (length < HEADER_BYTES || at + length > message.byteSize()) {
      return false;
    }
    next = at + NetlinkSocket.aligned(length);
    return true;
  }

  int type() {
    return message.get(JAVA_SHORT, at + 2) & TYPE_MASK;
  }

  MemorySegment value() {
    return message.asSlice(at + HEADER_BYTES, length() - (long) HEADER_BYTES);
  }

  private int length() {
    return Short.toUnsignedInt(message.get(JAVA_SHORT, at));
  }
}
