package org.stasis.linux.socket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.stasis.linux.socket.SocketOption.AF_INET;
import static org.stasis.linux.socket.SocketOption.AF_UNIX;
import static org.stasis.linux.socket.SocketOption.IPPROTO_UDP;
import static org.stasis.linux.socket.SocketOption.SHUT_RD;
import static org.stasis.linux.socket.SocketOption.SHUT_WR;
import static org.stasis.linux.socket.SocketOption.SOCK_DGRAM;
import static org.stasis.linux.socket.SocketOption.SOCK_STREAM;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.linux.Fd;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;

@DisplayName("What sock_diag tells")
class DiagTest {
  @TempDir Path directory;

  private static byte[] unixName(String path) {
    return ("\1\0" + path + "\0").getBytes(ISO_8859_1); // little-endian AF_UNIX
  }

  private static long inode(Fd socket) throws SyscallException {
    return socket.stat().inode();
  }

  @Test
  void namesThePeersOfAPair() throws SyscallException {
    List<Fd> pair = Socket.pair(SOCK_STREAM);
    try (Fd a = pair.get(0);
        Fd b = pair.get(1)) {
      Socket.send(a, new byte[100], 0);
      Socket.shutdown(a, SHUT_WR);
      Map<Long, UnixDiag> all = UnixDiag.all();
      UnixDiag one = all.get(inode(a));
      UnixDiag other = all.get(inode(b));
      assertThat(one.type()).isEqualTo(SOCK_STREAM);
      assertThat(one.peer()).isEqualTo(inode(b));
      assertThat(other.peer()).isEqualTo(inode(a));
      assertThat(other.receiveQueue()).isEqualTo(100);
      assertThat(one.sendQueue()).isPositive();
      assertThat(one.shutdown()).isEqualTo(2);
      assertThat(other.shutdown()).isEqualTo(1);
    }
  }

  @Test
  void tellsNameFileAndWaitingClientsOfAListener() throws SyscallException {
    String path = directory.resolve("listener").toString();
    try (Fd listener = Socket.open(AF_UNIX, SOCK_STREAM, 0);
        Fd client = Socket.open(AF_UNIX, SOCK_STREAM, 0)) {
      Socket.bind(listener, unixName(path));
      Socket.listen(listener, 7);
      Socket.connect(client, unixName(path));
      Map<Long, UnixDiag> all = UnixDiag.all();
      UnixDiag found = all.get(inode(listener));
      assertThat(found.state()).isEqualTo(10);
      assertThat(new String(found.name(), ISO_8859_1)).isEqualTo(path + '\0');
      assertThat(found.bound()).isTrue();
      assertThat(found.fileInode()).isEqualTo(Stat.of(null, path).inode());
      assertThat(found.pending()).containsExactly((int) inode(client));
      assertThat(found.sendQueue()).as("backlog").isEqualTo(7);
      assertThat(all.get(inode(client)).peer()).isZero();
    }
  }

  @Test
  void tellsWhatOfAUdpSocketIsShutDown() throws SyscallException {
    byte[] loopback = {AF_INET, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0};
    try (Fd socket = Socket.open(AF_INET, SOCK_DGRAM, 0);
        Fd other = Socket.open(AF_INET, SOCK_DGRAM, 0)) {
      Socket.bind(socket, loopback);
      Socket.bind(other, loopback);
      Socket.connect(socket, Socket.name(other));
      Socket.shutdown(socket, SHUT_RD);
      assertThat(InetDiag.shutdowns(AF_INET, IPPROTO_UDP))
          .containsEntry(inode(socket), 1)
          .doesNotContainKey(inode(other));
    }
  }
}
