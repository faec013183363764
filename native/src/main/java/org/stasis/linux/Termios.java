package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Settings of a terminal, the kernel's {@code struct termios} (not the C library's), termios(3).
 *
 * @param inputFlags {@code c_iflag}
 * @param outputFlags {@code c_oflag}
 * @param controlFlags {@code c_cflag}
 * @param localFlags {@code c_lflag}
 * @param line line discipline
 * @param controlCharacters {@code c_cc}, {@link #CONTROL_CHARACTERS} bytes
 */
@SuppressWarnings("ArrayRecordComponent") // bytes on their way to the kernel; nobody compares them
public record Termios(
    int inputFlags,
    int outputFlags,
    int controlFlags,
    int localFlags,
    byte line,
    byte[] controlCharacters) {
  /** How many control characters there are, {@code NCCS}. */
  public static final int CONTROL_CHARACTERS = 19;

  public static final int ICANON = 0x2;
  public static final int IEXTEN = 0x8000;
  public static final int OPOST = 0x1;

  public static final int VERASE = 2;
  public static final int VKILL = 3;
  public static final int VEOF = 4;
  public static final int VEOL = 11;
  public static final int VREPRINT = 12;
  public static final int VWERASE = 14;
  public static final int VLNEXT = 15;
  public static final int VEOL2 = 16;

  /** {@code struct termios} of asm-generic/termbits.h. */
  static final StructLayout LAYOUT =
      structLayout(
              JAVA_INT.withName("c_iflag"),
              JAVA_INT.withName("c_oflag"),
              JAVA_INT.withName("c_cflag"),
              JAVA_INT.withName("c_lflag"),
              JAVA_BYTE.withName("c_line"),
              sequenceLayout(CONTROL_CHARACTERS, JAVA_BYTE).withName("c_cc"))
          .withName("struct termios");

  /** How large the structure is. */
  public static final int BYTES = (int) LAYOUT.byteSize();

  private static final long INPUT = LAYOUT.byteOffset(groupElement("c_iflag"));
  private static final long OUTPUT = LAYOUT.byteOffset(groupElement("c_oflag"));
  private static final long CONTROL = LAYOUT.byteOffset(groupElement("c_cflag"));
  private static final long LOCAL = LAYOUT.byteOffset(groupElement("c_lflag"));
  private static final long LINE = LAYOUT.byteOffset(groupElement("c_line"));
  private static final long CHARACTERS = LAYOUT.byteOffset(groupElement("c_cc"));

  /**
   * The same with other flags.
   *
   * @param input {@code c_iflag}
   * @param output {@code c_oflag}
   * @param local {@code c_lflag}
   * @return the settings
   */
  public Termios withFlags(int input, int output, int local) {
    return new Termios(input, output, controlFlags, local, line, controlCharacters);
  }

  static Termios read(MemorySegment memory) {
    byte[] characters = new byte[CONTROL_CHARACTERS];
    MemorySegment.copy(memory, JAVA_BYTE, CHARACTERS, characters, 0, CONTROL_CHARACTERS);
    return new Termios(
        memory.get(JAVA_INT, INPUT),
        memory.get(JAVA_INT, OUTPUT),
        memory.get(JAVA_INT, CONTROL),
        memory.get(JAVA_INT, LOCAL),
        memory.get(JAVA_BYTE, LINE),
        characters);
  }

  /**
   * The structure as the kernel takes it.
   *
   * @return {@link #BYTES} bytes
   */
  public byte[] bytes() {
    ByteBuffer buffer = ByteBuffer.allocate(BYTES).order(ByteOrder.nativeOrder());
    buffer.putInt((int) INPUT, inputFlags);
    buffer.putInt((int) OUTPUT, outputFlags);
    buffer.putInt((int) CONTROL, controlFlags);
    buffer.putInt((int) LOCAL, localFlags);
    buffer.put((int) LINE, line);
    buffer.put((int) CHARACTERS, controlCharacters);
    return buffer.array();
  }
}
