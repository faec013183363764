package org.stasis.engine.regular;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the linker wrote into a program or library to tell it from any other: the note {@code
 * NT_GNU_BUILD_ID} of elf(5). Looked for in the beginning of the file, where linkers put it; images
 * have it as little-endian words, with zeros behind it.
 */
final class BuildId {
  /** How much of a file is read. */
  static final int HEAD_BYTES = 4096;

  private static final int MAGIC = 0x464c457f; // 0x7f E L F
  private static final int CLASS_OFFSET = 4;
  private static final int DATA_OFFSET = 5;
  private static final int CLASS_64 = 2;
  private static final int LITTLE_ENDIAN = 1;
  private static final int PT_NOTE = 4;
  private static final int NT_GNU_BUILD_ID = 3;
  private static final int NOTE_HEADER_BYTES = 12;
  private static final int GNU = 0x00554e47;
  private static final int ELF64_HEADER_BYTES = 64;
  private static final int MOST_BYTES = 512;

  private BuildId() {}

  /**
   * Finds the build id.
   *
   * @param head the file's first bytes, at most {@link #HEAD_BYTES}
   * @return the id, empty for a file without one, null when it may lie beyond the head
   */
  static @Nullable ByteString find(byte[] head) {
    ByteBuffer file = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
    boolean isElf = head.length >= ELF64_HEADER_BYTES && file.getInt(0) == MAGIC;
    if (!isElf || head[DATA_OFFSET] != LITTLE_ENDIAN) {
      return ByteString.EMPTY;
    }
    boolean wide = head[CLASS_OFFSET] == CLASS_64;
    long table = wide ? file.getLong(0x20) : Integer.toUnsignedLong(file.getInt(0x1c));
    int size = Short.toUnsignedInt(file.getShort(wide ? 0x36 : 0x2a));
    int count = Short.toUnsignedInt(file.getShort(wide ? 0x38 : 0x2c));
    boolean complete = true;
    for (int i = 0; i < count; i++) {
      long at = table + (long) i * size;
      if (at < 0 || at > head.length - (wide ? 0x38 : 0x20)) {
        return null;
      }
      int header = (int) at;
      if (file.getInt(header) != PT_NOTE) {
        continue;
      }
      long start =
          wide ? file.getLong(header + 8) : Integer.toUnsignedLong(file.getInt(header + 4));
      long length =
          wide ? file.getLong(header + 0x20) : Integer.toUnsignedLong(file.getInt(header + 0x10));
      if (start < 0 || length < 0 || start > head.length || length > head.length - start) {
        complete = false;
        continue;
      }
      ByteString id = inNotes(file, (int) start, (int) (start + length));
      if (!id.isEmpty()) {
        return id;
      }
    }
    return complete ? ByteString.EMPTY : null;
  }

  /** Each note has the lengths of name and content, its type, name and content, padded to words. */
  private static ByteString inNotes(ByteBuffer file, int start, int end) {
    for (int at = start; end - at >= NOTE_HEADER_BYTES; ) {
      long name = Integer.toUnsignedLong(file.getInt(at));
      long content = Integer.toUnsignedLong(file.getInt(at + 4));
      long nameAt = at + NOTE_HEADER_BYTES;
      long contentAt = nameAt + padded(name);
      if (contentAt + content > end) {
        break;
      }
      if (file.getInt(at + 8) == NT_GNU_BUILD_ID
          && name == Integer.BYTES
          && file.getInt((int) nameAt) == GNU
          && content <= MOST_BYTES) {
        return ByteString.copyFrom(file.array(), (int) contentAt, (int) content);
      }
      at = (int) Math.min(contentAt + padded(content), end);
    }
    return ByteString.EMPTY;
  }

  private static long padded(long bytes) {
    return bytes + 3 & ~3L;
  }

  /**
   * As images have it.
   *
   * @param id its bytes
   * @return its words
   */
  static List<Integer> words(ByteString id) {
    List<Integer> words = new ArrayList<>();
    for (int at = 0; at < id.size(); at += Integer.BYTES) {
      int word = 0;
      for (int i = 0; i < Integer.BYTES && at + i < id.size(); i++) {
        word |= (id.byteAt(at + i) & 0xff) << 8 * i;
      }
      words.add(word);
    }
    return words;
  }
}
