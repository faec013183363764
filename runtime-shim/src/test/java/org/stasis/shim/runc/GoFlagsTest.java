package org.stasis.shim.runc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A command line of Go's flags")
class GoFlagsTest {
  private static final GoFlag SWITCH = GoFlag.bool("switch", "s", "");
  private static final GoFlag TEXT = GoFlag.value("text", "", "");
  private static final GoFlag COUNT = GoFlag.number("count", "", "");
  private static final GoFlag SEVERAL = GoFlag.list("several", "", "");
  private static final List<GoFlag> ALL = List.of(SWITCH, TEXT, COUNT, SEVERAL);

  private static GoFlags.Parsed parse(String... words) throws UsageException {
    return GoFlags.parse(ALL, List.of(words));
  }

  @Test
  void takesOneDashOrTwo() throws UsageException {
    GoFlags.Parsed parsed = parse("-switch", "--text", "a", "-count=0x10", "box", "--switch=false");
    assertThat(parsed.on(SWITCH)).isTrue();
    assertThat(parsed.value(TEXT)).contains("a");
    assertThat(parsed.number(COUNT, -1)).isEqualTo(16);
    assertThat(parsed.rest()).containsExactly("box", "--switch=false");
  }

  @Test
  void keepsTheLastValueAndAllOfAList() throws UsageException {
    GoFlags.Parsed parsed =
        parse(
            "-s", "--switch", "-s=F", "--text=a=b", "--text", "-c", "--several=1", "-several", "");
    assertThat(parsed.on(SWITCH)).isFalse();
    assertThat(parsed.value(TEXT)).contains("-c");
    assertThat(parsed.list(SEVERAL)).containsExactly("1", "");
    assertThat(parsed.number(COUNT, -1)).isEqualTo(-1);
  }

  @Test
  void endsAtTwoDashesAndAtALoneOne() throws UsageException {
    assertThat(parse("-s", "--", "-s", "x").rest()).containsExactly("-s", "x");
    assertThat(parse("-s", "-", "-s").rest()).containsExactly("-", "-s");
    assertThat(parse().rest()).isEmpty();
  }

  @Test
  void findsKnownOnesBehindOtherWords() throws UsageException {
    GoFlags.Parsed parsed =
        GoFlags.parseAnywhere(ALL, List.of("box", "-s", "--text", "a", "--none", "--count=3"));
    assertThat(parsed.on(SWITCH)).isTrue();
    assertThat(parsed.value(TEXT)).contains("a");
    assertThat(parsed.number(COUNT, 0)).isEqualTo(3);
    assertThat(parsed.rest()).containsExactly("box", "--none");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "--nope=1         | flag provided but not defined: -nope",
        "--text           | flag needs an argument: -text",
        "-count           | flag needs an argument: -count",
        "---switch        | bad flag syntax: ---switch",
        "--=x             | bad flag syntax: --=x",
        "-switch=yes      | invalid boolean value \"yes\" for -switch: parse error",
        "--count=three    | invalid value \"three\" for flag -count: parse error",
      })
  void complainsInTheWordsOfGo(String word, String message) {
    assertThatThrownBy(() -> parse("-s", word))
        .isInstanceOf(UsageException.class)
        .hasMessage(message);
  }
}
