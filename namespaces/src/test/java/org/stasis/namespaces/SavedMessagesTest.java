package org.stasis.namespaces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A file that ip(8) saves")
class SavedMessagesTest {
  private static byte[] message(int bodyBytes) {
    int length = 16 + bodyBytes;
    return ByteBuffer.allocate((length + 3) & -4)
        .order(ByteOrder.nativeOrder())
        .putInt(length)
        .putShort((short) 20)
        .array();
  }

  @Test
  void isReadAsItWasWritten() throws IOException {
    byte[] one = message(8);
    byte[] two = message(13);
    byte[] file = SavedMessages.ADDRESSES.write(one, two);
    assertThat(file).startsWith(0x22, 0x12, 0x36, 0x47);
    assertThat(SavedMessages.ADDRESSES.read(file)).containsExactly(one, two);
    assertThat(SavedMessages.join(List.of(one, two))).hasSize(one.length + two.length);
  }

  @Test
  void mayBeEmptyOrHoldNothing() throws IOException {
    assertThat(SavedMessages.ROUTES.read(new byte[0])).isEmpty();
    assertThat(SavedMessages.ROUTES.read(SavedMessages.ROUTES.write())).isEmpty();
  }

  @Test
  void mayLackThePaddingOfItsLastMessage() throws IOException {
    byte[] file = SavedMessages.RULES.write(message(13));
    assertThat(SavedMessages.RULES.read(Arrays.copyOf(file, file.length - 3)))
        .containsExactly(message(13));
  }

  @Test
  void isRefusedWhereverElseItEnds() throws IOException {
    byte[] file = SavedMessages.RULES.write(message(8), message(20));
    for (int length = 1; length < file.length; length++) {
      byte[] cut = Arrays.copyOf(file, length);
      if (length == 4 || length == 4 + 24) {
        SavedMessages.RULES.read(cut); // between messages
      } else {
        assertThatThrownBy(() -> SavedMessages.RULES.read(cut))
            .as("cut after %s bytes", length)
            .isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void isRefusedWhenItIsAnothersOrClaimsTooMuch() {
    byte[] file = SavedMessages.RULES.write(message(8));
    assertThatThrownBy(() -> SavedMessages.ROUTES.read(file)).hasMessageContaining("0x45311224");
    file[4] = 100;
    assertThatThrownBy(() -> SavedMessages.RULES.read(file)).hasMessageContaining("byte 4");
  }
}
