package org.stasis.linux.proc;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.KernelString;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.linux.foreign.Scratch;

/** The content of a small file, and how far it has been parsed. */
final class ProcText {
  private static final int CHUNK_BYTES = 16 << 10;
  private static final byte[] NOTHING = {};

  private final String file;
  private final byte[] bytes;
  private final int end;
  private int at;

  private ProcText(String file, byte[] bytes, int end) {
    this.file = file;
    this.bytes = bytes;
    this.end = end;
  }

  static ProcText of(String file, byte[] bytes) {
    return new ProcText(file, bytes, bytes.length);
  }

  /** Reads a file to its end. */
  static ProcText read(Fd directory, String name) throws SyscallException {
    try (Fd fd = directory.openAt(name, Open.O_RDONLY | Open.O_CLOEXEC, 0)) {
      return readAll(fd, name);
    }
  }

  /** Reads a file to its end; null when there is no such file, from a kernel without it. */
  static @Nullable ProcText readIfThere(Fd directory, String name) throws SyscallException {
    try {
      return read(directory, name);
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)) {
        return null;
      }
      throw e;
    }
  }

  private static ProcText readAll(Fd fd, String name) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment chunk = scratch.allocateDirty(CHUNK_BYTES);
      byte[] bytes = NOTHING;
      int end = 0;
      for (int count; (count = (int) fd.read(chunk)) > 0; end += count) {
        if (end + count > bytes.length) {
          bytes = Arrays.copyOf(bytes, end == 0 ? count : 2 * (end + count));
        }
        MemorySegment.copy(chunk, JAVA_BYTE, 0, bytes, end, count);
      }
      return new ProcText(name, bytes, end);
    } catch (SyscallException e) {
      throw new SyscallException("read " + name, e.errno());
    }
  }

  boolean atEnd() {
    return at >= end;
  }

  boolean atLineEnd() {
    return at >= end || bytes[at] == '\n';
  }

  /** The next byte, which is not taken; -1 at the end. */
  int peek() {
    return at < end ? bytes[at] : -1;
  }

  int position() {
    return at;
  }

  void moveTo(int position) {
    at = position;
  }

  /** Skips spaces and tabs. */
  ProcText spaces() {
    while (at < end && (bytes[at] == ' ' || bytes[at] == '\t')) {
      at++;
    }
    return this;
  }

  /** Skips the rest of the line. */
  void nextLine() {
    while (at < end && bytes[at++] != '\n') {
      // the loop does it
    }
  }

  /** Takes a byte if it comes next. */
  boolean take(char c) {
    if (at < end && bytes[at] == c) {
      at++;
      return true;
    }
    return false;
  }

  /** Takes a text if it comes next. */
  boolean take(String expected) {
    int length = expected.length();
    if (at + length > end) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (bytes[at + i] != expected.charAt(i)) {
        return false;
      }
    }
    at += length;
    return true;
  }

  /** Takes a byte that must come next. */
  ProcText expect(char c) {
    if (!take(c)) {
      throw unexpected("'" + c + "'");
    }
    return this;
  }

  /** Takes a text that must come next. */
  ProcText expect(String text) {
    if (!take(text)) {
      throw unexpected("\"" + text + "\"");
    }
    return this;
  }

  /** A decimal number after spaces, wrapping where it is unsigned. */
  long number() {
    spaces();
    boolean negative = take('-');
    int start = at;
    long value = 0;
    while (at < end && bytes[at] >= '0' && bytes[at] <= '9') {
      value = value * 10 + (bytes[at++] - '0');
    }
    if (at == start) {
      throw unexpected("a number");
    }
    return negative ? -value : value;
  }

  int integer() {
    return (int) number();
  }

  /** A hexadecimal number after spaces, without prefix. */
  long hex() {
    spaces();
    int start = at;
    long value = 0;
    for (int digit; at < end && (digit = Character.digit(bytes[at], 16)) >= 0; at++) {
      value = value << 4 | digit;
    }
    if (at == start) {
      throw unexpected("a hexadecimal number");
    }
    return value;
  }

  /** An octal number after spaces. */
  long octal() {
    spaces();
    int start = at;
    long value = 0;
    while (at < end && bytes[at] >= '0' && bytes[at] <= '7') {
      value = value << 3 | (bytes[at++] - '0');
    }
    if (at == start) {
      throw unexpected("an octal number");
    }
    return value;
  }

  /** What comes up to the next space, tab or line end, after spaces. */
  String word() {
    spaces();
    int start = at;
    while (at < end && bytes[at] != ' ' && bytes[at] != '\t' && bytes[at] != '\n') {
      at++;
    }
    return KernelString.decode(bytes, start, at - start);
  }

  /** A word with octal escapes resolved, as mountinfo has them. */
  String escapedWord() {
    spaces();
    int start = at;
    boolean escaped = false;
    while (at < end && bytes[at] != ' ' && bytes[at] != '\t' && bytes[at] != '\n') {
      escaped |= bytes[at++] == '\\';
    }
    return escaped ? unescape(start, at) : KernelString.decode(bytes, start, at - start);
  }

  /** What comes before a certain byte, which is taken too. */
  String until(char stop) {
    int start = at;
    while (at < end && bytes[at] != stop) {
      at++;
    }
    if (at == end) {
      throw unexpected("'" + stop + "'");
    }
    return KernelString.decode(bytes, start, at++ - start);
  }

  /** The rest of the line; its end is taken too. */
  String line() {
    int start = at;
    while (at < end && bytes[at] != '\n') {
      at++;
    }
    String line = KernelString.decode(bytes, start, at - start);
    at++;
    return line;
  }

  /** The rest of the line with octal escapes resolved; its end is taken too. */
  String escapedLine() {
    int start = at;
    boolean escaped = false;
    while (at < end && bytes[at] != '\n') {
      escaped |= bytes[at++] == '\\';
    }
    int stop = at++;
    return escaped ? unescape(start, stop) : KernelString.decode(bytes, start, stop - start);
  }

  /** All that is left. */
  byte[] rest() {
    byte[] rest = Arrays.copyOfRange(bytes, Math.min(at, end), end);
    at = end;
    return rest;
  }

  /** The index of the last occurrence of a byte; -1 when there is none. */
  int lastIndexOf(char c) {
    for (int i = end - 1; i >= at; i--) {
      if (bytes[i] == c) {
        return i;
      }
    }
    return -1;
  }

  /** A text by position, for what is delimited from behind. */
  String slice(int from, int to) {
    return KernelString.decode(bytes, from, to - from);
  }

  ProcFormatException unexpected(String expected) {
    String found =
        KernelString.decode(bytes, Math.min(at, end), Math.min(40, Math.max(0, end - at)));
    return new ProcFormatException(file, at, expected, found);
  }

  private String unescape(int from, int to) {
    byte[] plain = new byte[to - from];
    int length = 0;
    for (int i = from; i < to; i++) {
      if (bytes[i] == '\\' && i + 3 < to && isOctal(i + 1) && isOctal(i + 2) && isOctal(i + 3)) {
        plain[length++] =
            (byte) ((bytes[i + 1] - '0') << 6 | (bytes[i + 2] - '0') << 3 | (bytes[i + 3] - '0'));
        i += 3;
      } else {
        plain[length++] = bytes[i];
      }
    }
    return KernelString.decode(plain, 0, length);
  }

  private boolean isOctal(int index) {
    return bytes[index] >= '0' && bytes[index] <= '7';
  }
}
