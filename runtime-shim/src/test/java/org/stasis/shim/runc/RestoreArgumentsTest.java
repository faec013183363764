package org.stasis.shim.runc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A restore that is left to the real runtime")
class RestoreArgumentsTest {
  /** What Stasis does itself, or refuses before. */
  private static final Set<String> OWN =
      Set.of("archive", "ignore-rootfs", "auto-dedup", "lazy-pages", "help");

  private static final Set<String> PLACES = Set.of("bundle", "image-path", "work-path");

  @Test
  void isToldEveryOptionButOurs() throws UsageException {
    List<String> given = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (GoFlag flag : RestoreArguments.FLAGS) {
      if (flag.name().equals("help")) {
        continue;
      }
      String word = "--" + flag.name();
      given.add(flag.kind() == GoFlag.Kind.BOOL ? word : word + "=given");
      if (!OWN.contains(flag.name())) {
        String value = PLACES.contains(flag.name()) ? "/" + flag.name() : "given";
        expected.add(flag.kind() == GoFlag.Kind.BOOL ? word : word + "=" + value);
      }
    }
    given.add("box");
    GoFlags.Parsed parsed = GoFlags.parseAnywhere(RestoreArguments.FLAGS, given);

    List<String> told =
        RestoreArguments.of(parsed).forRuntime("/bundle", "/image-path", "/work-path");

    assertThat(told.subList(1, told.size() - 1)).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(told).startsWith("restore").endsWith("box");
  }
}
