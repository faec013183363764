package org.stasis.linux.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.stasis.linux.CProgram;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.OwnNamespaces;
import org.stasis.linux.SyscallException;

@DisplayName("A network namespace")
class RouteNetlinkTest {
  private static final Path IP = Path.of("/sbin/ip");

  @BeforeAll
  static void needsIp() {
    assumeTrue(Files.isExecutable(IP), "iproute2 is not installed");
  }

  /** Runs {@code ip} in the namespace of this thread, which a child inherits. */
  private static String ip(String arguments) throws IOException {
    List<String> command = Arrays.asList((IP + " " + arguments).split(" "));
    CProgram.Run run = CProgram.run(command, "");
    assertThat(run.status()).as("%s: %s", command, run.output()).isZero();
    return run.output();
  }

  @Test
  void beginsWithLoopbackAloneWhichIsSwitchedOn() throws IOException {
    OwnNamespaces.run(
        OwnNamespaces.CLONE_NEWNET,
        () -> {
          try (RouteNetlink route = RouteNetlink.open()) {
            NetworkLink lo = lo(route);
            assertThat(lo.name()).isEqualTo("lo");
            assertThat(lo.type()).isEqualTo(772);
            assertThat(lo.flags() & NetworkLink.IFF_LOOPBACK).isNotZero();
            assertThat(lo.mtu()).isEqualTo(65536);
            assertThat(lo.kind()).isEmpty();
            assertThat(lo.isUp()).isFalse();
            route.setUp(lo.index(), true);
            assertThat(lo(route).isUp()).isTrue();
            assertThat(ip("addr show lo")).contains("127.0.0.1/8");
            route.setUp(lo.index(), false);
            assertThat(lo(route).isUp()).isFalse();
            assertThatThrownBy(() -> route.setUp(4711, true))
                .matches(e -> ((SyscallException) e).is(Errno.ENODEV));
          }
        });
  }

  @Test
  void tellsBothEndsOfACable() throws IOException {
    OwnNamespaces.run(
        OwnNamespaces.CLONE_NEWNET,
        () -> {
          ip("link add name one mtu 1400 type veth peer name two");
          ip("link add name br type bridge");
          ip("link set one master br");
          try (RouteNetlink route = RouteNetlink.open()) {
            List<NetworkLink> links = route.links();
            NetworkLink one = named(links, "one");
            NetworkLink two = named(links, "two");
            assertThat(one.kind()).isEqualTo("veth");
            assertThat(one.link()).isEqualTo(two.index());
            assertThat(one.linkNamespace()).isEqualTo(-1);
            assertThat(one.master()).isEqualTo(named(links, "br").index());
            assertThat(one.mtu()).isEqualTo(1400);
            assertThat(one.address()).hasSize(6);
            assertThat(named(links, "br").kind()).isEqualTo("bridge");
          }
        });
  }

  @Test
  void getsTheAddressesRoutesAndRulesOfAnother() throws IOException {
    byte[][] saved = new byte[4][];
    String[] shown = new String[4];
    OwnNamespaces.run(
        OwnNamespaces.CLONE_NEWNET,
        () -> {
          cable();
          ip("addr add 10.1.2.3/24 dev one label one:x");
          ip("addr add fd00::7/64 dev one nodad");
          ip("route add 10.9.0.0/16 via 10.1.2.1 dev one metric 7");
          ip("route add 10.10.0.0/16 via 10.9.0.1 dev one onlink");
          ip("-6 route add fd01::/64 via fd00::1 dev one");
          ip("route add 10.77.0.0/16 dev one table 1000");
          ip("rule add from 10.1.2.0/24 table 1000 priority 500");
          try (RouteNetlink route = RouteNetlink.open()) {
            saved[0] = route.addresses(SocketOption.AF_UNSPEC);
            saved[1] = route.routes(SocketOption.AF_INET, RouteNetlink.RT_TABLE_UNSPEC);
            saved[2] = route.routes(SocketOption.AF_INET6, RouteNetlink.RT_TABLE_MAIN);
            saved[3] = route.rules(SocketOption.AF_INET);
            assertThat(route.routes(SocketOption.AF_INET, 1000))
                .isNotEmpty()
                .hasSizeLessThan(saved[1].length);
          }
          show(shown);
        });
    OwnNamespaces.run(
        OwnNamespaces.CLONE_NEWNET,
        () -> {
          cable();
          try (RouteNetlink route = RouteNetlink.open()) {
            for (byte[] messages : saved) {
              route.replay(messages);
              route.replay(messages); // what is there is left alone
            }
          }
          String[] again = new String[4];
          show(again);
          assertThat(again).isEqualTo(shown);
        });
  }

  @Test
  void refusesWhatLeadsNowhere() throws IOException {
    byte[][] saved = new byte[1][];
    OwnNamespaces.run(
        OwnNamespaces.CLONE_NEWNET,
        () -> {
          ip("link set lo up");
          ip("addr add 10.1.2.3/24 dev lo");
          ip("route add 10.9.0.0/16 via 10.1.2.1 dev lo");
          try (RouteNetlink route = RouteNetlink.open()) {
            saved[0] = route.routes(SocketOption.AF_INET, RouteNetlink.RT_TABLE_MAIN);
          }
          ip("route del 10.9.0.0/16");
          ip("addr del 10.1.2.3/24 dev lo");
          ip("link set lo down");
          try (RouteNetlink route = RouteNetlink.open()) {
            assertThatThrownBy(() -> route.replay(saved[0]))
                .isInstanceOf(SyscallException.class)
                .hasMessageStartingWith("netlink message 24: ");
            assertThatThrownBy(() -> route.replay(Arrays.copyOf(saved[0], 30)))
                .hasMessage("netlink messages cut short: EPROTO");
          }
        });
  }

  @Test
  void tellsItsNetlinkSockets() throws IOException {
    OwnNamespaces.run(
        OwnNamespaces.CLONE_NEWNET,
        () -> {
          try (Fd socket = Socket.open(SocketOption.AF_NETLINK, SocketOption.SOCK_RAW, 0)) {
            byte[] address = new byte[12]; // struct sockaddr_nl
            address[0] = (byte) SocketOption.AF_NETLINK;
            address[4] = 77;
            address[8] = 0b101;
            Socket.bind(socket, address);
            NetlinkDiag diag = NetlinkDiag.all().get(socket.stat().inode());
            assertThat(diag.portId()).isEqualTo(77);
            assertThat(diag.protocol()).isZero();
            assertThat(diag.type()).isEqualTo(SocketOption.SOCK_RAW);
            assertThat(diag.groups()).containsExactly(0b101);
            assertThat(diag.listensTo(1)).isTrue();
            assertThat(diag.listensTo(2)).isFalse();
            assertThat(diag.listensTo(3)).isTrue();
            assertThat(diag.listensTo(99)).isFalse();
          }
        });
  }

  /** Interfaces of the same indexes in every namespace, which get no addresses by themselves. */
  private static void cable() throws IOException {
    ip("link set lo up");
    ip("link add name one type veth peer name two");
    for (String end : List.of("one", "two")) {
      ip("link set " + end + " addrgenmode none");
      ip("link set " + end + " up");
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    for (String end : List.of("one", "two")) {
      while (!ip("link show " + end).contains("state UP")) { // the kernel looks now and then
        assertThat(System.nanoTime()).as("%s gets a carrier in time", end).isLessThan(deadline);
      }
    }
  }

  private static void show(String[] into) throws IOException {
    into[0] = ip("-o addr show"); // addresses alone
    into[1] = ip("route show table all type unicast");
    into[2] = ip("-6 route show table main");
    into[3] = ip("rule show");
  }

  private static NetworkLink lo(RouteNetlink route) throws IOException {
    assertThat(route.links()).isNotEmpty();
    return named(route.links(), "lo");
  }

  private static NetworkLink named(List<NetworkLink> links, String name) {
    return links.stream().filter(link -> link.name().equals(name)).findAny().orElseThrow();
  }
}
