package org.stasis.shim.archive.tar;

import java.util.Arrays;
import org.stasis.linux.KernelString;

/**
 * A plain header as it was read. Numbers are octal digits with spaces or zeros around them, or, as
 * GNU tar writes those that have too many digits, binary with the first bit set.
 */
final class TarFields {
  private final byte[] block;
  private final long offset;

  private TarFields(byte[] block, long offset) {
    this.block = block;
    this.offset = offset;
  }

  /**
   * Takes a header.
   *
   * @param block its bytes; copied
   * @param offset in the archive
   */
  static TarFields of(byte[] block, long offset) throws TarFormatException {
    TarFields fields = new TarFields(block.clone(), offset);
    long sum = fields.number(TarHeader.CHECKSUM, TarHeader.CHECKSUM_BYTES, "checksum");
    if (sum != TarHeader.checksum(block)) {
      throw fields.wrong("no header, or a damaged one");
    }
    return fields;
  }

  TarFormatException wrong(String problem) {
    return new TarFormatException(offset, problem);
  }

  /** The type, a letter or digit. */
  char flag() {
    return (char) (block[TarHeader.TYPE] & 0xff);
  }

  byte at(int index) {
    return block[index];
  }

  /** The name in the header, with its prefix where the format has one. */
  byte[] name() {
    byte[] name = text(TarHeader.NAME, TarHeader.NAME_BYTES);
    byte[] prefix = isUstar() ? text(TarHeader.PREFIX, TarHeader.PREFIX_BYTES) : new byte[0];
    if (prefix.length == 0) {
      return name;
    }
    byte[] both = Arrays.copyOf(prefix, prefix.length + 1 + name.length);
    both[prefix.length] = '/';
    System.arraycopy(name, 0, both, prefix.length + 1, name.length);
    return both;
  }

  byte[] target() {
    return text(TarHeader.TARGET, TarHeader.NAME_BYTES);
  }

  /** GNU tar's own format has a space where ustar has a zero, and other things for a prefix. */
  private boolean isUstar() {
    return KernelString.decode(block, TarHeader.MAGIC, 5).equals("ustar")
        && block[TarHeader.MAGIC + 5] == 0;
  }

  private byte[] text(int at, int room) {
    int end = at;
    while (end < at + room && block[end] != 0) {
      end++;
    }
    return Arrays.copyOfRange(block, at, end);
  }

  long size() throws TarFormatException {
    return count(number(TarHeader.SIZE, TarHeader.LONG_BYTES, "size"), "size");
  }

  long count(long number, String what) throws TarFormatException {
    if (number < 0) {
      throw wrong("a negative " + what);
    }
    return number;
  }

  long number(int at, int room, String what) throws TarFormatException {
    return number(block, at, room, what);
  }

  long number(byte[] bytes, int at, int room, String what) throws TarFormatException {
    if ((bytes[at] & 0x80) != 0) {
      return binary(bytes, at, room, what);
    }
    int from = at;
    int to = at + room;
    while (from < to && (bytes[from] == ' ' || bytes[from] == 0)) {
      from++;
    }
    while (to > from && (bytes[to - 1] == ' ' || bytes[to - 1] == 0)) {
      to--;
    }
    long number = 0;
    for (int i = from; i < to; i++) {
      if (bytes[i] < '0' || bytes[i] > '7') {
        throw wrong("a " + what + " that is no octal number");
      }
      number = number << 3 | (bytes[i] - '0');
    }
    return number;
  }

  /** The second bit is the sign; the rest, the number. */
  private long binary(byte[] bytes, int at, int room, String what) throws TarFormatException {
    boolean negative = (bytes[at] & 0x40) != 0;
    long sign = negative ? -1 : 0;
    for (int i = at + 1; i < at + room - 8; i++) {
      if (bytes[i] != (byte) sign) {
        throw wrong("a " + what + " of more than 63 bits");
      }
    }
    int last = Math.max(at + 1, at + room - 8);
    if (room > 8 && (bytes[at] & 0x3f) != (negative ? 0x3f : 0)) {
      throw wrong("a " + what + " of more than 63 bits");
    }
    long number = room > 8 ? sign : negative ? bytes[at] | ~0x7fL : bytes[at] & 0x3f;
    for (int i = last; i < at + room; i++) {
      number = number << 8 | (bytes[i] & 0xff);
    }
    if ((number < 0) != negative) {
      throw wrong("a " + what + " of more than 63 bits");
    }
    return number;
  }
}
