package org.stasis.shim.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("A digest computed in the background")
class BackgroundDigestTest {
  static LongStream seeds() {
    return LongStream.range(0, 20);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void isTheSameForOneContentAfterTheOther(long seed) throws IOException {
    Random random = new Random(seed);
    try (BackgroundDigest digest = new BackgroundDigest()) {
      for (int i = 0; i < 10; i++) {
        byte[] content = new byte[random.nextInt(random.nextBoolean() ? 1000 : 3 << 20)];
        random.nextBytes(content);
        for (int done = 0; done < content.length; ) {
          int part = Math.min(content.length - done, 1 + random.nextInt(600_000));
          digest.update(content, done, part);
          done += part;
        }
        String expected = HexFormat.of().formatHex(Checksums.sha256().digest(content));
        assertThat(digest.finish()).isEqualTo(expected);
      }
    }
  }

  @Test
  void endsItsThreadWhereverItIs() throws IOException {
    BackgroundDigest digest = new BackgroundDigest();
    digest.update(new byte[5 << 20], 0, 5 << 20);
    digest.close();
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(each -> each.getName().equals("sha256"));
  }
}
