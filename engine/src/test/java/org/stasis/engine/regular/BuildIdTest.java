package org.stasis.engine.regular;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A build id")
class BuildIdTest {
  private static final int NOTES = 0x200;

  /** A 64-bit head with one program header, a note of some type with six bytes. */
  private static ByteBuffer program(int noteOffset, int noteType) {
    ByteBuffer file = ByteBuffer.allocate(BuildId.HEAD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    file.putInt(0, 0x464c457f).put(4, (byte) 2).put(5, (byte) 1);
    file.putLong(0x20, 64).putShort(0x36, (short) 56).putShort(0x38, (short) 1);
    file.putInt(64, 4).putLong(64 + 8, noteOffset).putLong(64 + 0x20, 24);
    file.putInt(NOTES, 4).putInt(NOTES + 4, 6).putInt(NOTES + 8, noteType);
    file.putInt(NOTES + 12, 0x00554e47);
    file.put(NOTES + 16, new byte[] {1, 2, 3, 4, (byte) 0xfe, 6});
    return file;
  }

  @Test
  void isFoundInTheNotes() {
    assertThat(BuildId.find(program(NOTES, 3).array()))
        .isEqualTo(ByteString.copyFrom(new byte[] {1, 2, 3, 4, (byte) 0xfe, 6}));
  }

  @Test
  void isKeptAsLittleEndianWordsWithZerosBehind() {
    assertThat(BuildId.words(ByteString.copyFrom(new byte[] {1, 2, 3, 4, (byte) 0xfe, 6})))
        .containsExactly(0x04030201, 0x06fe);
  }

  @Test
  void isNotAnyOtherNote() {
    assertThat(BuildId.find(program(NOTES, 1).array())).isEqualTo(ByteString.EMPTY);
  }

  @Test
  void isNotKnownWhereTheNotesLieBeyond() {
    assertThat(BuildId.find(program(0x7fff_0000, 3).array())).isNull();
    ByteBuffer far = program(NOTES, 3);
    far.putLong(0x20, Long.MAX_VALUE);
    assertThat(BuildId.find(far.array())).isNull();
  }

  @Test
  void isNothingThatOtherFilesHave() {
    assertThat(BuildId.find(new byte[] {'#', '!'})).isEqualTo(ByteString.EMPTY);
    assertThat(BuildId.find(new byte[BuildId.HEAD_BYTES])).isEqualTo(ByteString.EMPTY);
  }

  @Test
  void isNotReadFromNotesOfNonsense() {
    ByteBuffer file = program(NOTES, 3);
    file.putInt(NOTES, -1).putInt(NOTES + 4, -1);
    assertThat(BuildId.find(file.array())).isEqualTo(ByteString.EMPTY);
  }
}
