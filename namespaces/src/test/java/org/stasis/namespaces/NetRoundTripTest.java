package org.stasis.namespaces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.engine.Obstacle;
import org.stasis.engine.ns.NamespaceThread;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSet;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.ThreadNamespaces;

@DisplayName("What is in a network namespace")
class NetRoundTripTest {
  private static final int ID = 9;

  @TempDir Path directory;

  @BeforeEach
  void needsRootAndIp() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to make namespaces");
    assumeTrue(
        Files.exists(Path.of("/usr/sbin/ip")) || Files.exists(Path.of("/sbin/ip")),
        "needs ip(8) to set one up");
  }

  /** A namespace set up by a script, kept by its descriptor. */
  private static Fd namespace(String script) throws Exception {
    Process process =
        new ProcessBuilder("unshare", "-n", "sh", "-e", "-c", script + "\necho ready; read line")
            .redirectErrorStream(true)
            .start();
    try {
      StringBuilder said = new StringBuilder();
      for (String line; (line = process.inputReader().readLine()) != null; ) {
        if (line.equals("ready")) {
          int flags = Open.O_RDONLY | Open.O_CLOEXEC;
          return Fd.open("/proc/" + process.pid() + "/ns/net", flags);
        }
        said.append(line).append('\n');
      }
      throw new IOException("the script said: " + said);
    } finally {
      process.destroyForcibly();
      process.waitFor();
    }
  }

  private static NetCapture capture(Fd namespace) throws Exception {
    return NamespaceThread.<NetCapture, IOException>call(List.of(namespace), NetCapture::new);
  }

  private ImageSet images(NetCapture capture, String name) throws IOException {
    Path images = Files.createDirectory(directory.resolve(name));
    return Images.of(images, writer -> capture.write(writer, ID));
  }

  @Test
  void comesBack() throws Exception {
    ImageSet before;
    try (Fd namespace =
        namespace(
            """
            ip link set lo mtu 60000 up
            ip addr add 10.1.2.3/24 dev lo
            ip -6 addr add fd00::5/64 dev lo
            ip route add 10.9.0.0/16 via 10.1.2.77 dev lo
            ip route add blackhole 10.8.0.0/16
            ip -6 route add fd01::/64 dev lo
            ip rule add from 10.1.2.3 lookup 100
            ip route add 10.7.0.0/16 via 10.1.2.77 dev lo table 100
            ip route add default via 10.1.2.77 dev lo table 5000
            ip route add local 10.6.0.0/16 dev lo
            ip -6 route add fd02::/64 dev lo table 100
            ip rule del pref 32767
            echo 2 >/proc/sys/net/ipv4/conf/all/rp_filter
            echo 1 >/proc/sys/net/ipv4/conf/lo/accept_local
            echo 1 >/proc/sys/net/ipv6/conf/default/forwarding
            echo 0 100 >/proc/sys/net/ipv4/ping_group_range
            echo 20 >/proc/sys/net/unix/max_dgram_qlen
            """)) {
      NetCapture capture = capture(namespace);
      assertThat(capture.obstacles()).isEmpty();
      before = images(capture, "before");
      assertThat(messageLengths(before, ImageKind.ROUTE)).hasSize(5);
    }
    assertSame(before, images(filled(before), "after"));
  }

  /** What a new namespace has once it is filled from images. */
  private static NetCapture filled(ImageSet images) throws Exception {
    return NamespaceThread.<NetCapture, IOException>call(
        List.of(),
        () -> {
          ThreadNamespaces.unshare(ThreadNamespaces.CLONE_NEWNET);
          new NetNamespace(images, ID, List.of(), false).fillInside();
          return new NetCapture();
        });
  }

  private static void assertSame(ImageSet before, ImageSet after) throws IOException {
    for (ImageKind kind : List.of(ImageKind.NETDEV, ImageKind.NETNS, ImageKind.ROUTE)) {
      assertThat(bytes(after, kind)).as(kind.name()).isEqualTo(bytes(before, kind));
    }
    for (ImageKind kind : List.of(ImageKind.RULE, ImageKind.IFADDR, ImageKind.ROUTE6)) {
      assertThat(messageLengths(after, kind))
          .as(kind.name())
          .containsExactlyInAnyOrderElementsOf(messageLengths(before, kind));
    }
  }

  private static byte[] bytes(ImageSet images, ImageKind kind) throws IOException {
    return Files.readAllBytes(images.directory().file(kind, ID));
  }

  /** Messages hold times, so only their number and size are compared. */
  private static List<Integer> messageLengths(ImageSet images, ImageKind kind) throws IOException {
    SavedMessages form =
        switch (kind) {
          case RULE -> SavedMessages.RULES;
          case IFADDR -> SavedMessages.ADDRESSES;
          default -> SavedMessages.ROUTES;
        };
    return form.read(bytes(images, kind)).stream().map(message -> message.length).toList();
  }

  @Test
  void isRefusedWhereItCannotBeCarried() throws Exception {
    try (Fd namespace = namespace("ip link add br7 type bridge\nip link set lo up")) {
      assertThat(capture(namespace).obstacles())
          .extracting(Obstacle::object)
          .containsExactly("network device br7");
    }
  }

  @Test
  void hasItsFirewallAgain() throws Exception {
    assumeTrue(Files.exists(Path.of("/usr/sbin/nft")), "needs nft(8)");
    ImageSet before;
    try (Fd namespace =
        namespace(
            """
            ip link set lo up
            nft -f - <<END
            table inet mine {
              set friends {
                type ipv4_addr
                elements = { 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5, 10.0.0.6, 10.0.0.7 }
              }
              chain input {
                type filter hook input priority 0; policy drop;
                iif "lo" accept
                ip saddr @friends tcp dport { 22, 80 } accept comment "a { brace"
              }
            }
            END
            if command -v iptables-nft >/dev/null; then
              iptables-nft -t nat -A POSTROUTING -s 10.0.0.0/8 -m comment --comment hi -j MASQUERADE
              ip6tables-nft -A INPUT -m comment --comment hi -j DROP
            fi
            """)) {
      NetCapture capture = capture(namespace);
      assertThat(capture.obstacles()).isEmpty();
      before = images(capture, "before");
    }
    assertThat(new String(bytes(before, ImageKind.NFTABLES), StandardCharsets.UTF_8))
        .contains("table inet mine", "a { brace")
        .doesNotContain("masquerade", "table ip nat");
    ImageSet after = images(filled(before), "after");
    assertThat(bytes(after, ImageKind.NFTABLES)).isEqualTo(bytes(before, ImageKind.NFTABLES));
    for (ImageKind kind : List.of(ImageKind.IPTABLES, ImageKind.IP6TABLES)) {
      boolean there = Files.exists(before.directory().file(kind, ID));
      assertThat(Files.exists(after.directory().file(kind, ID))).isEqualTo(there);
      if (there) {
        assertThat(rules(after, kind)).isEqualTo(rules(before, kind)).contains("--comment hi");
      }
    }
  }

  /** What iptables-save wrote without the times. */
  private static String rules(ImageSet images, ImageKind kind) throws IOException {
    return new String(bytes(images, kind), StandardCharsets.UTF_8).replaceAll("(?m)^#.*", "");
  }
}
