package org.stasis.namespaces;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A file of addresses, routes or rules as ip(8) saves them: a magic number, then the messages in
 * which rtnetlink(7) describes the objects, each with its header and padded to 4 bytes.
 *
 * @param magic first word of the file, native endian
 */
record SavedMessages(int magic) {
  static final SavedMessages ADDRESSES = new SavedMessages(0x47361222);
  static final SavedMessages ROUTES = new SavedMessages(0x45311224);
  static final SavedMessages RULES = new SavedMessages(0x71706986);

  /** Bytes of {@code struct nlmsghdr}. */
  static final int HEADER_BYTES = 16;

  /** Puts a file together. */
  byte[] write(byte[]... messages) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(magic).array());
    for (byte[] each : messages) {
      file.writeBytes(each);
    }
    return file.toByteArray();
  }

  /**
   * Takes a file apart.
   *
   * @param file its content; an empty one has no messages
   * @return the messages, with their headers and padding
   * @throws IOException when it is damaged
   */
  List<byte[]> read(byte[] file) throws IOException {
    if (file.length == 0) {
      return new ArrayList<>();
    }
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.nativeOrder());
    if (file.length < 4 || bytes.getInt() != magic) {
      throw new IOException("it does not begin with the number 0x" + Integer.toHexString(magic));
    }
    return split(bytes);
  }

  /**
   * Separates messages.
   *
   * @param bytes messages one behind the other, the last maybe without its padding
   * @return each with its header and padding
   * @throws IOException when one is damaged
   */
  static List<byte[]> split(ByteBuffer bytes) throws IOException {
    List<byte[]> messages = new ArrayList<>();
    while (bytes.hasRemaining()) {
      int start = bytes.position();
      int length =
          bytes.remaining() < HEADER_BYTES ? 0 : bytes.order(ByteOrder.nativeOrder()).getInt(start);
      if (length < HEADER_BYTES || length > bytes.remaining()) {
        throw new IOException("the message at byte " + start + " is damaged");
      }
      byte[] message = new byte[(length + 3) & -4];
      bytes.get(message, 0, Math.min(message.length, bytes.remaining()));
      messages.add(message);
    }
    return messages;
  }

  /** Puts messages one behind the other. */
  static byte[] join(List<byte[]> messages) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] each : messages) {
      all.writeBytes(each);
    }
    return all.toByteArray();
  }
}
