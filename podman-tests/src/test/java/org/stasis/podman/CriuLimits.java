package org.stasis.podman;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.stasis.specimens.Box;

/** Which specimens the peer CRIU cannot carry by itself: {@code criu-limits.tsv}. */
record CriuLimits(List<Limit> limits) {

  /**
   * One of them.
   *
   * @param specimen its name
   * @param half {@code dump}, {@code restore} or {@code both}
   * @param lost what is lost
   */
  record Limit(String specimen, String half, String lost) {
    boolean concerns(String one) {
      return half.equals(one) || half.equals("both");
    }
  }

  static CriuLimits read() throws IOException {
    List<Limit> limits = new ArrayList<>();
    try (InputStream file = CriuLimits.class.getResourceAsStream("criu-limits.tsv");
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.startsWith("#")) {
          String[] words = line.split("\t", -1);
          limits.add(new Limit(words[0], words[1], words[2]));
        }
      }
    }
    return new CriuLimits(limits);
  }

  /** The specimens that one half of CRIU carries, as far as they are asked for. */
  Stream<String> carriedBy(String half) throws IOException {
    String only = System.getProperty("stasis.specimen", "");
    return Box.HOST.specimens().stream()
        .filter(name -> name.startsWith(only))
        .filter(
            name -> limits.stream().noneMatch(l -> l.specimen.equals(name) && l.concerns(half)));
  }
}
