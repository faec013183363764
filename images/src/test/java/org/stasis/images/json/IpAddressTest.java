package org.stasis.images.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("An IP address")
class IpAddressTest {
  @ParameterizedTest
  @CsvSource({
    "7f000001, 127.0.0.1",
    "00000000, 0.0.0.0",
    "00000000000000000000000000000000, ::",
    "00000000000000000000000000000001, ::1",
    "00000000000000000000ffff7f000001, ::ffff:127.0.0.1",
    "00000000000000000000000001020304, ::1.2.3.4",
    "20010db8000000000000000000000000, 2001:db8::",
    "20010db8000000010000000000000001, 2001:db8:0:1::1",
    "20010000000000010000000000010001, 2001::1:0:0:1:1",
    "20010000000100020003000400050006, 2001:0:1:2:3:4:5:6",
    "fe80000000000000123456789abcdef0, fe80::1234:5678:9abc:def0",
  })
  void isWrittenAsElsewhere(String bytes, String text) {
    int[] words = new int[bytes.length() / 8];
    for (int i = 0; i < words.length; i++) {
      words[i] =
          Integer.reverseBytes(Integer.parseUnsignedInt(bytes.substring(8 * i, 8 * i + 8), 16));
    }
    assertThat(IpAddress.text(words)).isEqualTo(text);
    assertThat(IpAddress.parse(text)).containsExactly(words);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("org.stasis.images.Seeds#hundred")
  void comesBack(long seed) {
    Random random = new Random(seed);
    int[] words = random.nextBoolean() ? new int[1] : new int[4];
    for (int i = 0; i < words.length; i++) {
      words[i] = random.nextInt() & -random.nextInt(2) & (-random.nextInt(2) << 16 | 0xffff);
    }
    String text = IpAddress.text(words);
    assertThat(text).isNotNull();
    assertThat(IpAddress.parse(text)).containsExactly(words);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "1.2.3",
        "1.2.3.256",
        "1.2.3.4.5",
        "a.b.c.d",
        ":",
        ":::",
        "1::2::3",
        "12345::",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "::1:2:3:4:5:6:7:8",
        "g::",
        "::1.2.3",
        "-1::"
      })
  void isNothingElse(String text) {
    assertThat(IpAddress.parse(text)).isNull();
  }
}
