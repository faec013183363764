import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The frozen time of a {@code stats-dump} image: two magic numbers and a length of four bytes each, then a protobuf
 * message whose field 1 is the dump's statistics, whose field 2 is the frozen time in microseconds.
 */
final class StatsDump {
  private static final int HEADER = 12;

  private StatsDump() {}

  static long frozenMicros(Path file) throws IOException {
    ByteBuffer image = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    image.position(HEADER);
    return varint(find(find(image, 1), 2));
  }

  /** Positions at the value of a field; of an embedded message, at its first byte, with its end as the limit. */
  private static ByteBuffer find(ByteBuffer message, int field) throws IOException {
    while (message.hasRemaining()) {
      long key = varint(message);
      boolean nested = (key & 7) == 2;
      if (!nested && (key & 7) != 0) {
        break;
      }
      long length = nested ? varint(message) : 0;
      if (key >> 3 == field) {
        return nested ? message.slice(message.position(), (int) length) : message;
      }
      if (nested) {
        message.position(message.position() + (int) length);
      } else {
        varint(message);
      }
    }
    throw new IOException("stats-dump has no field " + field);
  }

  private static long varint(ByteBuffer bytes) {
    long value = 0;
    int shift = 0;
    byte next;
    do {
      next = bytes.get();
      value |= (long) (next & 0x7f) << shift;
      shift += 7;
    } while (next < 0);
    return value;
  }
}
