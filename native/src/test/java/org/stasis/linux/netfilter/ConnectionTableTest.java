package org.stasis.linux.netfilter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.stasis.linux.socket.SocketOption.AF_INET;
import static org.stasis.linux.socket.SocketOption.MSG_DONTWAIT;
import static org.stasis.linux.socket.SocketOption.SOCK_STREAM;
import static org.stasis.linux.socket.SocketOption.SOL_SOCKET;
import static org.stasis.linux.socket.SocketOption.SO_MARK;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Poll;
import org.stasis.linux.SyscallException;
import org.stasis.linux.netfilter.ConnectionTable.Flow;
import org.stasis.linux.socket.NetlinkSocket;
import org.stasis.linux.socket.Socket;

@DisplayName("A table that keeps connections silent")
class ConnectionTableTest {
  private static final int MARK = 0xC114;
  private static final byte[] LOOPBACK = {127, 0, 0, 1};

  private static final String NAME = "stasis-test-" + ProcessHandle.current().pid();

  private NetlinkSocket socket;
  private ConnectionTable table;
  private Fd client;
  private Fd server;

  @BeforeEach
  void connect() throws SyscallException {
    try (Fd listener = Socket.open(AF_INET, SOCK_STREAM, 0)) {
      Socket.bind(listener, new byte[] {AF_INET, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0});
      Socket.listen(listener, 1);
      client = Socket.open(AF_INET, SOCK_STREAM, 0);
      Socket.connect(client, Socket.name(listener));
      server = Socket.accept(listener);
    }
    socket = NetlinkSocket.open(NetlinkSocket.NETLINK_NETFILTER);
    table = new ConnectionTable(socket, NAME);
    try {
      assertThat(table.makeLasting(MARK)).isTrue();
      table.wake();
    } catch (SyscallException e) {
      assumeTrue(!e.is(Errno.EPERM), "nf_tables needs CAP_NET_ADMIN");
      throw e;
    }
  }

  @AfterEach
  void disconnect() throws SyscallException {
    socket.close(); // a table that it owns goes with it
    try (NetlinkSocket another = NetlinkSocket.open(NetlinkSocket.NETLINK_NETFILTER)) {
      new ConnectionTable(another, NAME).remove();
    } finally {
      client.close();
      server.close();
    }
  }

  private static int port(byte[] address) {
    return (address[2] & 0xff) << 8 | address[3] & 0xff;
  }

  private List<Flow> flows() throws SyscallException {
    int here = port(Socket.name(client));
    int there = port(Socket.name(server));
    return List.of(
        new Flow(LOOPBACK, here, LOOPBACK, there), new Flow(LOOPBACK, there, LOOPBACK, here));
  }

  private boolean arrives(int timeoutMillis) throws SyscallException {
    Socket.send(client, new byte[] {1}, 0);
    if ((Poll.await(server, Poll.POLLIN, timeoutMillis) & Poll.POLLIN) == 0) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment byteRoom = arena.allocate(16);
      Socket.receive(server, byteRoom, MSG_DONTWAIT);
    }
    return true;
  }

  @Test
  void letsOthersPass() throws SyscallException {
    assertThat(arrives(1000)).isTrue();
  }

  @Test
  void dropsWhatIsInItUntilItIsRemoved() throws SyscallException {
    table.add(flows());
    assertThat(arrives(150)).isFalse();
    assertThat(table.remove()).isTrue();
    assertThat(arrives(5000)).as("sent again").isTrue();
    assertThat(table.remove()).isFalse();
  }

  @Test
  void takesConnectionsTwiceAndManyAtATime() throws SyscallException {
    Flow[] many = new Flow[1200];
    Arrays.setAll(many, i -> new Flow(LOOPBACK, i + 1, new byte[] {1, 2, 3, 4}, 5));
    table.add(List.of(many));
    table.add(List.of(many));
    table.add(List.of(new Flow(new byte[16], 1, new byte[16], 2)));
    table.add(flows());
    assertThat(arrives(150)).isFalse();
  }

  @Test
  void letsMarkedPacketsPass() throws SyscallException {
    table.add(flows());
    Socket.setOption(client, SOL_SOCKET, SO_MARK, MARK);
    assertThat(arrives(1000)).isTrue(); // over loopback a packet keeps its mark on the way in
  }

  @Test
  void isMadeOnce() throws SyscallException {
    assertThat(table.makeLasting(MARK)).isFalse();
    assertThat(table.makePassing(MARK)).isFalse();
  }

  @Test
  void lastsWhenItsSocketIsClosed() throws SyscallException {
    table.add(flows());
    socket.close();
    assertThat(arrives(150)).isFalse();
  }

  @Test
  void goesWithItsSocketWhenItIsNotToLast() throws SyscallException {
    table.remove();
    assertThat(table.makePassing(MARK)).isTrue();
    table.add(flows());
    assertThat(arrives(150)).isFalse();
    socket.close();
    assertThat(arrives(5000)).as("sent again").isTrue();
  }

  @Test
  void saysWhenItIsNotThereAndIsAskedAgain() throws SyscallException {
    table.remove();
    assertThatThrownBy(() -> table.add(flows()))
        .isInstanceOfSatisfying(
            SyscallException.class, e -> assertThat(e.is(Errno.ENOENT)).isTrue());
    assertThat(table.makePassing(MARK)).isTrue();
    table.add(flows());
    assertThat(arrives(150)).isFalse();
  }

  @Test
  void sleepsUntilItIsWoken() throws SyscallException {
    table.remove();
    assertThat(table.makeLasting(MARK)).isTrue();
    table.add(flows());
    assertThat(arrives(1000)).isTrue();
    table.wake();
    assertThat(arrives(150)).isFalse();
  }
}
