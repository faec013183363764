package org.stasis.engine.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A value of --external")
class ExternalTest {
  static Stream<Arguments> forms() {
    return Stream.of(
        arguments("mnt[/a]:b", new External.Mount("/a", "b")),
        arguments("mnt[/a:b]:/c]:d", new External.Mount("/a:b", "/c]:d")),
        arguments("mnt[]", new External.AutoMounts(false, false)),
        arguments("mnt[]:", new External.AutoMounts(false, false)),
        arguments("mnt[]:m", new External.AutoMounts(true, false)),
        arguments("mnt[]:sm", new External.AutoMounts(false, true)),
        arguments("dev[8/1]:disk", new External.Device("8/1", "disk")),
        arguments("dev[disk]:/dev/sda1", new External.Device("disk", "/dev/sda1")),
        arguments("file[1f:abcdef]", new External.OpenFile(0x1f, 0xabcdef)),
        arguments("tty[8801:18]", new External.Tty(0x8801, 0x18)),
        arguments("unix[4026531840]", new External.UnixSocket(4026531840L)),
        arguments("net[12]:label", new External.Namespace(NamespaceKind.NET, 12, "label")),
        arguments("pid[12]:l:m", new External.Namespace(NamespaceKind.PID, 12, "l:m")),
        arguments("veth[eth0]:v", new External.Veth("eth0", "v", Optional.empty())),
        arguments("veth[eth0]:v@br0", new External.Veth("eth0", "v", Optional.of("br0"))),
        arguments("macvlan[m]:eth0", new External.Macvlan("m", "eth0")),
        arguments("netdev[a]:b", new External.Netdev("a", "b")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  void saysWhatIsProvided(String text, External expected) {
    assertThat(External.parse(text)).isEqualTo(expected);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "",
        "mnt",
        "[x]:y",
        "mnt[",
        "mnt[x",
        "mnt]x[",
        "mnt[/a]",
        "mnt[/a]:",
        "mnt[]:x",
        "mnt[/a]b",
        "dev[8/1]",
        "file[12]",
        "file[1:xyz]",
        "file[0x1:2]",
        "tty[1]",
        "unix[]",
        "unix[-1]",
        "unix[x]",
        "net[x]:l",
        "net[5]",
        "user[5]:l",
        "veth[eth0]",
        "what[5]"
      })
  void isRefusedWhenItMeansNothing(String text) {
    assertThatThrownBy(() -> External.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"" + text + "\"");
  }
}
