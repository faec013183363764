package org.stasis.engine.tty;

import java.io.ByteArrayOutputStream;
import org.stasis.linux.Termios;

/**
 * How bytes get into the queue of a terminal as they are: typed under settings that echo nothing
 * and send no signals, with characters quoted that would edit the line.
 */
final class Typing {
  private static final int[] EDITING = {
    Termios.VEOF, Termios.VERASE, Termios.VKILL, Termios.VREPRINT, Termios.VWERASE, Termios.VLNEXT
  };

  private Typing() {}

  /** Settings to type under: those of the terminal without what acts on what is typed. */
  static Termios settings(Termios wanted) {
    return wanted.withFlags(
        0, wanted.outputFlags(), wanted.localFlags() & (Termios.ICANON | Termios.IEXTEN));
  }

  /**
   * What to type.
   *
   * @param data to be read from the terminal, whole lines if it waits for such
   * @param wanted the terminal's settings
   * @return bytes
   */
  static byte[] of(byte[] data, Termios wanted) {
    if ((wanted.localFlags() & Termios.ICANON) == 0 || data.length == 0) {
      return data;
    }
    boolean quotes = (wanted.localFlags() & Termios.IEXTEN) != 0;
    byte quote = wanted.controlCharacters()[Termios.VLNEXT];
    ByteArrayOutputStream typing = new ByteArrayOutputStream(data.length + 1);
    for (byte character : data) {
      if (quotes && quote != 0 && edits(character, wanted)) {
        typing.write(quote);
      }
      typing.write(character);
    }
    if (!endsLine(data[data.length - 1], wanted)) {
      typing.write(wanted.controlCharacters()[Termios.VEOF]); // that is how it was ended
    }
    return typing.toByteArray();
  }

  private static boolean edits(byte character, Termios settings) {
    for (int index : EDITING) {
      if (character != 0 && settings.controlCharacters()[index] == character) {
        return true;
      }
    }
    return false;
  }

  private static boolean endsLine(byte character, Termios settings) {
    byte[] special = settings.controlCharacters();
    return character == '\n'
        || (character != 0
            && (character == special[Termios.VEOL] || character == special[Termios.VEOL2]));
  }
}
