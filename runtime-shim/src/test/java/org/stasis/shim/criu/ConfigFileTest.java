package org.stasis.shim.criu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A configuration file")
class ConfigFileTest {
  @Test
  void holdsOneOptionALine() throws UsageException {
    String text =
        """
        # a comment
        tcp-established
           shell-job   # behind an option

        ghost-limit 16M
        work-dir\t"/var/lib/a b"   # behind a value
        log-file "with \\" and #"
        no-file-locks
        verbosity 4
        manage-cgroups full
        external mnt[/a]:b
        external=mnt[/c]:d
        log-file ""
        pidfile foo#bar
        lin
        """;

    assertThat(ConfigFile.parse("c", text))
        .containsExactly(
            new GivenOption(CriuOption.TCP_ESTABLISHED, null, true),
            new GivenOption(CriuOption.SHELL_JOB, null, true),
            new GivenOption(CriuOption.GHOST_LIMIT, "16M", true),
            new GivenOption(CriuOption.WORK_DIR, "/var/lib/a b", true),
            new GivenOption(CriuOption.LOG_FILE, "with \" and #", true),
            new GivenOption(CriuOption.FILE_LOCKS, null, false),
            new GivenOption(CriuOption.VERBOSITY, "4", true),
            new GivenOption(CriuOption.MANAGE_CGROUPS, "full", true),
            new GivenOption(CriuOption.EXTERNAL, "mnt[/a]:b", true),
            new GivenOption(CriuOption.EXTERNAL, "mnt[/c]:d", true),
            new GivenOption(CriuOption.LOG_FILE, "", true),
            new GivenOption(CriuOption.PIDFILE, "foo", true),
            new GivenOption(CriuOption.LINK_REMAP, null, true));
  }

  @Test
  void mayBeEmptyOrEndWithoutALineEnd() throws UsageException {
    assertThat(ConfigFile.parse("c", "")).isEmpty();
    assertThat(ConfigFile.parse("c", "\n  \n#x")).isEmpty();
    assertThat(ConfigFile.parse("c", "tls")).hasSize(1);
  }

  @Test
  void mayGiveAValueToAnOptionThatTakesNone() throws UsageException {
    assertThat(ConfigFile.parse("c", "tcp-close yes"))
        .isEqualTo(List.of(new GivenOption(CriuOption.TCP_CLOSE, null, true)));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "bogus",
        "dump",
        "v4",
        "tree",
        "log-file foo bar",
        "log-file \"foo",
        "log-file \"foo\" bar",
        "log-file = foo",
        "log-file #foo",
        "tcp",
        "log-file\"foo\"",
      })
  void isRefusedWithTheLineThatIsWrong(String line) {
    assertThatThrownBy(() -> ConfigFile.parse("/etc/criu/runc.conf", "shell-job\n" + line + "\n"))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("configuration file /etc/criu/runc.conf, line 2: ");
  }
}
