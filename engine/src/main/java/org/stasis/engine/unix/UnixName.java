package org.stasis.engine.unix;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.stasis.images.proto.UnixSkEntry;
import org.stasis.linux.KernelString;
import org.stasis.linux.socket.SocketOption;

/**
 * The name of a Unix socket, the bytes of {@code sun_path}: none when unbound, a first zero byte
 * when abstract, else a path, which the kernel tells with the zero byte behind it.
 *
 * @param bytes without the zero byte behind a path
 */
record UnixName(byte[] bytes) {
  static final UnixName NONE = new UnixName(new byte[0]);

  private static final int FAMILY_BYTES = 2;

  /**
   * Takes a name as the kernel or an image has it.
   *
   * @param raw the name; a path's zero byte may be there
   * @return the name
   */
  static UnixName of(byte[] raw) {
    if (raw.length > 0 && raw[0] != 0) {
      int end = 0;
      while (end < raw.length && raw[end] != 0) {
        end++;
      }
      return new UnixName(Arrays.copyOf(raw, end));
    }
    return new UnixName(raw);
  }

  static UnixName of(ByteString raw) {
    return of(raw.toByteArray());
  }

  static UnixName of(UnixSkEntry socket) {
    return of(socket.getName());
  }

  /**
   * Takes the name out of an address.
   *
   * @param address a whole {@code sockaddr_un}, or nothing
   * @return the name
   */
  static UnixName ofAddress(byte[] address) {
    return address.length <= FAMILY_BYTES
        ? NONE
        : of(Arrays.copyOfRange(address, FAMILY_BYTES, address.length));
  }

  boolean isUnbound() {
    return bytes.length == 0;
  }

  boolean isPath() {
    return bytes.length > 0 && bytes[0] != 0;
  }

  boolean isAbsolute() {
    return isPath() && bytes[0] == '/';
  }

  /** The name as a path, in the text form of the kernel's strings. */
  String path() {
    return KernelString.decode(bytes);
  }

  /** The whole {@code sockaddr_un}. */
  byte[] address() {
    return ByteBuffer.allocate(FAMILY_BYTES + bytes.length)
        .order(ByteOrder.nativeOrder())
        .putShort((short) SocketOption.AF_UNIX)
        .put(bytes)
        .array();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof UnixName name && Arrays.equals(bytes, name.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** For people: a path, an abstract name after an at sign, or {@code unnamed}. */
  @Override
  public String toString() {
    if (isUnbound()) {
      return "unnamed";
    }
    if (isPath()) {
      return path();
    }
    StringBuilder text = new StringBuilder("@");
    for (int i = 1; i < bytes.length; i++) {
      int c = bytes[i] & 0xff;
      text.append(c >= ' ' && c < 0x7f ? (char) c : '.');
    }
    return text.toString();
  }
}
