package org.stasis.linux.netfilter;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A transaction of nf_tables under construction: netlink messages between a begin and an end, each
 * a header, {@code struct nfgenmsg}, and attributes, which nest.
 *
 * <pre>
 *   message    0 4 length   4 2 type   6 2 flags   8 4 sequence   12 4 port
 *             16 1 family  17 1 version, 0         18 2 resource, big endian
 *   attribute  0 2 length   2 2 type   4 … value, padded to 4
 * </pre>
 *
 * <p>Numbers in attributes are big endian.
 */
final class NetlinkBatch {
  private static final int BEGIN = 0x10;
  private static final int END = 0x11;
  private static final int NFTABLES = 10; // NFNL_SUBSYS_NFTABLES
  private static final int NFPROTO_INET = 1;
  private static final int REQUEST = 1;
  private static final int ACK = 4;
  private static final int NESTED = 0x8000;
  private static final int MOST_LEVELS = 8;

  private ByteBuffer out = ByteBuffer.allocate(4096).order(ByteOrder.nativeOrder());
  private final int[] open = new int[MOST_LEVELS]; // where open attributes begin
  private int levels;
  private int message = -1;
  private int acknowledgements;

  NetlinkBatch() {
    start(BEGIN, REQUEST, 0, NFTABLES);
  }

  private void start(int type, int flags, int family, int resource) {
    finish();
    room(20);
    message = out.position();
    out.putInt(0).putShort((short) type).putShort((short) flags).putInt(0).putInt(0);
    out.put((byte) family).put((byte) 0);
    out.put((byte) (resource >> 8)).put((byte) resource);
  }

  private void finish() {
    if (levels != 0) {
      throw new IllegalStateException("an attribute is open");
    }
    if (message >= 0) {
      out.putInt(message, out.position() - message);
    }
  }

  /** Begins a message that is to be acknowledged. */
  NetlinkBatch message(int type, int flags) {
    start(NFTABLES << 8 | type, REQUEST | ACK | flags, NFPROTO_INET, 0);
    acknowledgements++;
    return this;
  }

  NetlinkBatch text(int type, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    head(type, bytes.length + 1);
    out.put(bytes).put((byte) 0);
    return pad();
  }

  NetlinkBatch number(int type, int value) {
    head(type, Integer.BYTES);
    out.put((byte) (value >> 24)).put((byte) (value >> 16));
    out.put((byte) (value >> 8)).put((byte) value);
    return this;
  }

  NetlinkBatch bytes(int type, byte[] value) {
    head(type, value.length);
    out.put(value);
    return pad();
  }

  /** Begins an attribute that contains others. */
  NetlinkBatch begin(int type) {
    open[levels++] = out.position();
    head(type | NESTED, 0);
    return this;
  }

  NetlinkBatch end() {
    int start = open[--levels];
    out.putShort(start, (short) (out.position() - start));
    return this;
  }

  private void head(int type, int length) {
    room(length + 8);
    out.putShort((short) (length + 4)).putShort((short) type);
  }

  private NetlinkBatch pad() {
    while ((out.position() & 3) != 0) {
      out.put((byte) 0);
    }
    return this;
  }

  private void room(int bytes) {
    if (out.remaining() < bytes + 64) {
      ByteBuffer larger =
          ByteBuffer.allocate(2 * (out.capacity() + bytes)).order(ByteOrder.nativeOrder());
      larger.put(out.flip());
      out = larger;
    }
  }

  /** Ends the transaction. */
  byte[] bytes() {
    start(END, REQUEST, 0, NFTABLES);
    finish();
    byte[] bytes = new byte[out.position()];
    out.get(0, bytes);
    return bytes;
  }

  int acknowledgements() {
    return acknowledgements;
  }

  int sizeBytes() {
    return out.position();
  }
}
