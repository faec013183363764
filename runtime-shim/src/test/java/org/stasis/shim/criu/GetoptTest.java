package org.stasis.shim.criu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stasis.shim.criu.Getopt.CommandLine;

@DisplayName("A criu command line")
class GetoptTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --tree 5                | TREE=5
          --tree=5                | TREE=5
          -t 5                    | TREE=5
          -t5                     | TREE=5
          --tre=5                 | TREE=5
          --tree=                 | TREE=
          --tree --shell-job      | TREE=--shell-job
          -jt5                    | SHELL_JOB TREE=5
          -jlRt 5                 | SHELL_JOB FILE_LOCKS LEAVE_RUNNING TREE=5
          --shell                 | SHELL_JOB
          --no-shell-job          | not SHELL_JOB
          --no-sh                 | not SHELL_JOB
          --shell-job --no-shell-job | SHELL_JOB not SHELL_JOB
          -v                      | VERBOSITY
          -v4                     | VERBOSITY=4
          -vvv                    | VERBOSITY=vv
          --verbosity=3           | VERBOSITY=3
          --tcp-close             | TCP_CLOSE
          --external net[1]:a=b   | EXTERNAL=net[1]:a=b
          --external=net[1]:a=b   | EXTERNAL=net[1]:a=b
          --tls                   | TLS
          --manage-cgroups=full   | MANAGE_CGROUPS=full
          --deprecated            | DEPRECATED
          """)
  void isReadAsGetoptLongReadsIt(String line, String expected) throws UsageException {
    assertThat(text(Getopt.parse("criu", List.of(line.split(" "))))).isEqualTo(expected);
  }

  @Test
  void takesAnOptionalValueOnlyWhenItIsAttached() throws UsageException {
    CommandLine line = Getopt.parse("criu", List.of("--manage-cgroups", "full", "-x", "7"));

    assertThat(text(line)).isEqualTo("MANAGE_CGROUPS EXT_UNIX_SK");
    assertThat(line.words()).containsExactly("full", "7");
  }

  @Test
  void mayMixOptionsAndWords() throws UsageException {
    CommandLine line = Getopt.parse("criu", List.of("-j", "dump", "-t", "5", "more", "-l"));

    assertThat(text(line)).isEqualTo("SHELL_JOB TREE=5 FILE_LOCKS");
    assertThat(line.words()).containsExactly("dump", "more");
  }

  @Test
  void endsItsOptionsAtTwoDashes() throws UsageException {
    CommandLine line =
        Getopt.parse("criu", List.of("restore", "--exec-cmd", "--", "ls", "-l", "--", "x"));

    assertThat(text(line)).isEqualTo("EXEC_CMD");
    assertThat(line.words()).containsExactly("restore", "ls", "-l", "--", "x");
  }

  @Test
  void countsASingleDashAsAWord() throws UsageException {
    assertThat(Getopt.parse("criu", List.of("-")).words()).containsExactly("-");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --bogus       | criu: unrecognized option '--bogus'
          --bogus=5     | criu: unrecognized option '--bogus'
          --no-tree     | criu: unrecognized option '--no-tree'
          --no-track-me=1 | criu: option '--no-track-mem' doesn't allow an argument
          --tcp         | criu: option '--tcp' is ambiguous; possibilities: '--tcp-established' '--tcp-close'
          --tree        | criu: option '--tree' requires an argument
          --tre         | criu: option '--tree' requires an argument
          --shell-job=x | criu: option '--shell-job' doesn't allow an argument
          -q            | criu: invalid option -- 'q'
          -jq           | criu: invalid option -- 'q'
          -t            | criu: option requires an argument -- 't'
          -jt           | criu: option requires an argument -- 't'
          """)
  void isRefusedInTheWordsOfGetopt(String line, String message) {
    assertThatThrownBy(() -> Getopt.parse("criu", List.of(line.split(" "))))
        .isInstanceOf(UsageException.class)
        .hasMessage(message);
  }

  @Test
  void knowsEveryOptionByNameLetterAndNegation() throws UsageException {
    for (CriuOption option : CriuOption.values()) {
      String value = option.takesValue() ? "=v" : "";
      assertThat(text(Getopt.parse("criu", List.of("--" + option.word() + value))))
          .isEqualTo(option + value);
      if (option.letter() != '-') {
        String attached = option.takesValue() ? "v" : "";
        assertThat(text(Getopt.parse("criu", List.of("-" + option.letter() + attached))))
            .isEqualTo(option + value);
      }
      if (option.negatable()) {
        assertThat(text(Getopt.parse("criu", List.of("--no-" + option.word()))))
            .isEqualTo("not " + option);
      }
    }
  }

  private static String text(CommandLine line) {
    StringBuilder text = new StringBuilder();
    for (GivenOption given : line.options()) {
      text.append(text.isEmpty() ? "" : " ").append(given.on() ? "" : "not ");
      text.append(given.option());
      if (given.value() != null) {
        text.append('=').append(given.value());
      }
    }
    return text.toString();
  }
}
