package org.stasis.engine.tty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.stasis.linux.Termios;

@DisplayName("What is typed to put a queue back")
class TypingTest {
  private static Termios settings(int localFlags) {
    byte[] characters = new byte[Termios.CONTROL_CHARACTERS];
    characters[Termios.VEOF] = 4;
    characters[Termios.VKILL] = 'k';
    characters[Termios.VLNEXT] = 22;
    characters[Termios.VEOL] = '|';
    return new Termios(0, 0, 0, localFlags, (byte) 0, characters);
  }

  private static String typing(String data, int localFlags) {
    return new String(Typing.of(data.getBytes(ISO_8859_1), settings(localFlags)), ISO_8859_1);
  }

  @Test
  void isTheBytesThemselvesWhereNothingIsEdited() {
    assertThat(typing("k\4\26\n\0", 0)).isEqualTo("k\4\26\n\0");
  }

  @Test
  void quotesWhatWouldEditTheLine() {
    assertThat(typing("a k\4\26\n", Termios.ICANON | Termios.IEXTEN))
        .isEqualTo("a \26k\26\4\26\26\n");
  }

  @Test
  void endsALineThatNoCharacterEnds() {
    int lines = Termios.ICANON | Termios.IEXTEN;
    assertThat(typing("abc", lines)).isEqualTo("abc\4");
    assertThat(typing("abc|", lines)).isEqualTo("abc|");
    assertThat(typing("", lines)).isEmpty();
  }

  @Test
  void happensUnderSettingsThatDoNothingElse() {
    Termios wanted = new Termios(-1, -1, -1, -1, (byte) 0, new byte[Termios.CONTROL_CHARACTERS]);
    Termios quiet = Typing.settings(wanted);
    assertThat(quiet.inputFlags()).isZero();
    assertThat(quiet.localFlags()).isEqualTo(Termios.ICANON | Termios.IEXTEN);
  }

  @Test
  void settingsSurviveTheirImage() {
    byte[] characters = new byte[Termios.CONTROL_CHARACTERS];
    for (int i = 0; i < characters.length; i++) {
      characters[i] = (byte) (200 + i);
    }
    Termios before = new Termios(1, 2, 3, 4, (byte) 5, characters);
    Termios after = TtySettings.settings(TtySettings.entry(before));
    assertThat(after.bytes()).isEqualTo(before.bytes());
    assertThat(TtySettings.entry(before).getCCc(0)).isEqualTo(0xcbcac9c8);
    assertThat(TtySettings.entry(before).getCCcCount()).isEqualTo(19);
  }
}
