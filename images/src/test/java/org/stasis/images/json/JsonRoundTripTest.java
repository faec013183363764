package org.stasis.images.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.stasis.images.ArbitraryImage;
import org.stasis.images.ImageException;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageKind.Cardinality;
import org.stasis.images.ImageVersion;
import org.stasis.images.json.JsonView.Form;

@DisplayName("An image as JSON")
@ParameterizedClass(name = "{0}")
@MethodSource("kinds")
class JsonRoundTripTest {
  private static final int MOST_FLIPS = 200;

  private final ImageKind kind;

  JsonRoundTripTest(ImageKind kind) {
    this.kind = kind;
  }

  static Stream<ImageKind> kinds() {
    return Stream.of(ImageKind.values()).filter(ArbitraryImage::hasEntries);
  }

  private byte[] image(long seed, ImageVersion version) throws IOException {
    ArbitraryImage image = new ArbitraryImage(kind, seed);
    return image.write(image.pieces(kind.cardinality() == Cardinality.SINGLE ? 1 : 4), version);
  }

  static byte[] decode(byte[] image, Form form) throws IOException {
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    JsonView.decode(Channels.newChannel(new ByteArrayInputStream(image)), "test.img", json, form);
    return json.toByteArray();
  }

  static byte[] encode(byte[] json) throws IOException {
    ByteArrayOutputStream image = new ByteArrayOutputStream();
    JsonView.encode(new ByteArrayInputStream(json), "test.json", Channels.newChannel(image));
    return image.toByteArray();
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("org.stasis.images.Seeds#five")
  void comesBackByteForByte(long seed) throws IOException {
    for (ImageVersion version : ImageVersion.values()) {
      byte[] image = image(seed, version);
      for (Form form : List.of(Form.PLAIN, Form.PRETTY)) {
        byte[] json = decode(image, form);
        assertThat(json).asString().startsWith("{").doesNotContain("@wire", "@padding");
        assertThat(encode(json)).isEqualTo(image);
      }
    }
  }

  /**
   * Fields not known, in another order, of another length; padding of something else than zeros.
   */
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("org.stasis.images.Seeds#five")
  void comesBackByteForByteHoweverOddItIs(long seed) throws IOException {
    byte[] image = image(seed, ImageVersion.V1_1);
    Random random = new Random(seed);
    int step = 1 + image.length / MOST_FLIPS;
    for (int at = random.nextInt(step); at < image.length; at += step) {
      byte[] odd = image.clone();
      odd[at] ^= (byte) (1 << random.nextInt(8));
      byte[] json;
      try {
        json = decode(odd, Form.PRETTY);
      } catch (ImageException broken) {
        continue;
      }
      assertThat(encode(json))
          .as("with another bit in byte %s, as %s", at, new String(json))
          .isEqualTo(odd);
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("org.stasis.images.Seeds#five")
  void canBeShownWithoutItsPayloads(long seed) throws IOException {
    String json = new String(decode(image(seed, ImageVersion.V1_1), Form.PRETTY_WITHOUT_PAYLOADS));
    assertThat(json).endsWith("]\n}\n");
    assertThat(json.contains("\"extra\": \"... <")).isEqualTo(json.contains("\"extra\""));
  }
}
