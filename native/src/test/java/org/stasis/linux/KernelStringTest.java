package org.stasis.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A text of the kernel")
class KernelStringTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "/plain", "/äöü/€", "/😀/x", "a\udcffb"})
  void comesBackAsItWas(String text) {
    assertThat(KernelString.decode(KernelString.encode(text))).isEqualTo(text);
  }

  @Test
  void isUtf8WhereItCanBe() {
    assertThat(KernelString.decode("naïve 😀".getBytes(UTF_8))).isEqualTo("naïve 😀");
    assertThat(KernelString.decode(new byte[] {'a', (byte) 0xff, (byte) 0xc3, (byte) 0xa4}))
        .isEqualTo("a\udcffä");
  }

  @Test
  void keepsEveryByteWhateverItIs() {
    Random random = new Random(7);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = new byte[random.nextInt(12)];
      for (int i = 0; i < bytes.length; i++) {
        // lead bytes and continuations often, so that nearly well-formed sequences are met
        int pick = random.nextInt(4);
        bytes[i] =
            (byte)
                (pick == 0
                    ? 1 + random.nextInt(127)
                    : pick == 1 ? 0xc0 + random.nextInt(64) : 0x80 + random.nextInt(64));
      }
      assertThat(KernelString.encode(KernelString.decode(bytes))).isEqualTo(bytes);
    }
  }

  @Test
  void holdsNoZero() {
    assertThatThrownBy(() -> KernelString.encode("a\0b"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void namesAFileThatIsNoUtf8(@TempDir Path directory) throws IOException {
    String name = "caf\udce9"; // é in Latin-1
    try (Fd dir = Fd.openDirectory(directory.toString());
        Fd file = dir.create(name, 0600)) {
      String link = Names.readLink(null, "/proc/self/fd/" + file.number());
      assertThat(link).endsWith("/" + name);
      assertThat(Stat.of(null, link).inode()).isEqualTo(file.stat().inode());
      Names.unlink(dir, name, 0);
      assertThat(file.stat().links()).isZero();
    }
  }
}
