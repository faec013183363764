package org.stasis.engine.tty;

import org.stasis.images.proto.TermiosEntry;
import org.stasis.images.proto.WinsizeEntry;
import org.stasis.linux.Termios;
import org.stasis.linux.WindowSize;

/**
 * Settings of terminals as images keep them. Control characters are bytes, four to a word, the
 * first in the lowest bits; there are as many words as characters, and those left over are zero.
 */
final class TtySettings {
  private static final int BYTES_PER_WORD = 4;

  private TtySettings() {}

  static TermiosEntry entry(Termios settings) {
    TermiosEntry.Builder entry =
        TermiosEntry.newBuilder()
            .setCIflag(settings.inputFlags())
            .setCOflag(settings.outputFlags())
            .setCCflag(settings.controlFlags())
            .setCLflag(settings.localFlags())
            .setCLine(settings.line())
            .setCIspeed(0)
            .setCOspeed(0);
    byte[] characters = settings.controlCharacters();
    for (int word = 0; word < Termios.CONTROL_CHARACTERS; word++) {
      int value = 0;
      for (int i = 0; i < BYTES_PER_WORD; i++) {
        int at = word * BYTES_PER_WORD + i;
        value |= at < characters.length ? (characters[at] & 0xff) << 8 * i : 0;
      }
      entry.addCCc(value);
    }
    return entry.build();
  }

  static Termios settings(TermiosEntry entry) {
    byte[] characters = new byte[Termios.CONTROL_CHARACTERS];
    for (int at = 0; at < characters.length; at++) {
      int word = at / BYTES_PER_WORD;
      if (word < entry.getCCcCount()) {
        characters[at] = (byte) (entry.getCCc(word) >>> 8 * (at % BYTES_PER_WORD));
      }
    }
    return new Termios(
        entry.getCIflag(),
        entry.getCOflag(),
        entry.getCCflag(),
        entry.getCLflag(),
        (byte) entry.getCLine(),
        characters);
  }

  /** Whether any setting is locked. */
  static boolean locksAnything(TermiosEntry locked) {
    int bits = locked.getCIflag() | locked.getCOflag() | locked.getCCflag() | locked.getCLflag();
    for (byte character : settings(locked).controlCharacters()) {
      bits |= character;
    }
    return (bits | locked.getCLine()) != 0;
  }

  static WinsizeEntry entry(WindowSize size) {
    return WinsizeEntry.newBuilder()
        .setWsRow(size.rows())
        .setWsCol(size.columns())
        .setWsXpixel(size.xPixels())
        .setWsYpixel(size.yPixels())
        .build();
  }

  static WindowSize size(WinsizeEntry entry) {
    return new WindowSize(
        entry.getWsRow(), entry.getWsCol(), entry.getWsXpixel(), entry.getWsYpixel());
  }
}
