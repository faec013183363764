package org.stasis.linux.socket;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.stasis.linux.socket.SocketOption.MSG_DONTWAIT;
import static org.stasis.linux.socket.SocketOption.SOCK_DGRAM;
import static org.stasis.linux.socket.SocketOption.SOCK_SEQPACKET;
import static org.stasis.linux.socket.SocketOption.SOCK_STREAM;
import static org.stasis.linux.socket.SocketOption.SOL_SOCKET;
import static org.stasis.linux.socket.SocketOption.SO_PEEK_OFF;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.Syscall;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;

@DisplayName("Reading a Unix socket's queue without taking anything")
class QueueWalkTest {
  private final List<Fd> open = new ArrayList<>();

  @AfterEach
  void closeAll() throws SyscallException {
    for (Fd fd : open) {
      fd.close();
    }
  }

  private List<Fd> pair(int type) throws SyscallException {
    List<Fd> pair = Socket.pair(type);
    open.addAll(pair);
    return pair;
  }

  private static void send(Fd socket, String text) throws SyscallException {
    assertThat(Socket.send(socket, text.getBytes(ISO_8859_1), 0)).isEqualTo(text.length());
  }

  private void sendWithNull(Fd socket, String text) throws SyscallException {
    Fd file = Fd.open("/dev/null", Open.O_RDONLY | Open.O_CLOEXEC);
    open.add(file);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocateFrom(text, ISO_8859_1);
      MemorySegment vector = arena.allocate(16);
      vector.set(JAVA_LONG, 0, data.address());
      vector.set(JAVA_LONG, 8, text.length());
      MemorySegment control = arena.allocate(24, 8);
      control.set(JAVA_LONG, 0, 20);
      control.set(JAVA_INT, 8, SOL_SOCKET);
      control.set(JAVA_INT, 12, SocketOption.SCM_RIGHTS);
      control.set(JAVA_INT, 16, file.number());
      MemorySegment header = arena.allocate(56, 8);
      header.set(JAVA_LONG, 16, vector.address());
      header.set(JAVA_LONG, 24, 1);
      header.set(JAVA_LONG, 32, control.address());
      header.set(JAVA_LONG, 40, 24);
      Syscall.check(
          Syscall.raw(SyscallNumber.SENDMSG, socket.number(), header.address(), 0), "sendmsg");
    }
  }

  /** What a walk finds, each packet as its text, with a star for every descriptor. */
  private List<String> walk(Fd socket, int type) throws SyscallException {
    List<String> found = new ArrayList<>();
    try (QueueWalk walk = QueueWalk.of(socket, type)) {
      for (QueuedPacket packet = walk.next(); packet != null; packet = walk.next()) {
        found.add(new String(packet.data(), ISO_8859_1) + "*".repeat(packet.rights().size()));
        open.addAll(packet.rights());
      }
    }
    return found;
  }

  @ParameterizedTest(name = "type {0}")
  @ValueSource(ints = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET})
  void findsNothingInAnEmptyQueue(int type) throws SyscallException {
    assertThat(walk(pair(type).getFirst(), type)).isEmpty();
  }

  @ParameterizedTest(name = "type {0}")
  @ValueSource(ints = {SOCK_DGRAM, SOCK_SEQPACKET})
  void keepsPacketsApartAndInOrder(int type) throws SyscallException {
    List<Fd> pair = pair(type);
    send(pair.get(0), "one");
    sendWithNull(pair.get(0), "two");
    send(pair.get(0), "three");
    assertThat(walk(pair.get(1), type)).containsExactly("one", "two*", "three");
    assertThat(walk(pair.get(1), type)).as("a second time").containsExactly("one", "two*", "three");
  }

  @ParameterizedTest(name = "type {0}")
  @ValueSource(ints = {SOCK_DGRAM, SOCK_SEQPACKET})
  void findsPacketsWithoutContent(int type) throws SyscallException {
    List<Fd> pair = pair(type);
    send(pair.get(0), "");
    send(pair.get(0), "a");
    send(pair.get(0), "");
    send(pair.get(0), "");
    sendWithNull(pair.get(0), "");
    send(pair.get(0), "b");
    assertThat(walk(pair.get(1), type)).containsExactly("", "a", "", "", "*", "b");
  }

  @Test
  void givesDescriptorsInAStreamWithTheBytesTheyWereSentWith() throws SyscallException {
    List<Fd> pair = pair(SOCK_STREAM);
    send(pair.get(0), "plain");
    sendWithNull(pair.get(0), "first");
    sendWithNull(pair.get(0), "second");
    send(pair.get(0), "end");
    assertThat(walk(pair.get(1), SOCK_STREAM)).containsExactly("plain", "first*", "second*", "end");
  }

  @ParameterizedTest(name = "type {0}")
  @ValueSource(ints = {SOCK_STREAM, SOCK_SEQPACKET})
  void comesToAnEndWhenThePeerHasEnded(int type) throws SyscallException {
    List<Fd> pair = pair(type);
    send(pair.get(0), "last");
    pair.get(0).close();
    assertThat(walk(pair.get(1), type)).containsExactly("last");
  }

  @Test
  void findsAPacketBehindAnEmptyOneAtTheEnd() throws SyscallException {
    List<Fd> pair = pair(SOCK_SEQPACKET);
    send(pair.get(0), "");
    send(pair.get(0), "x");
    pair.get(0).close();
    assertThat(walk(pair.get(1), SOCK_SEQPACKET)).containsExactly("", "x");
  }

  @Test
  void readsALongStreamToItsEnd() throws SyscallException {
    List<Fd> pair = pair(SOCK_STREAM);
    String text = "0123456789".repeat(100);
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 60; i++) {
      send(pair.get(0), text);
      all.append(text);
    }
    assertThat(String.join("", walk(pair.get(1), SOCK_STREAM))).isEqualTo(all.toString());
  }

  @Test
  void takesNothingAndPutsThePeekOffsetBack() throws SyscallException {
    List<Fd> pair = pair(SOCK_STREAM);
    send(pair.get(0), "still here");
    Socket.setOption(pair.get(1), SOL_SOCKET, SO_PEEK_OFF, 6);
    walk(pair.get(1), SOCK_STREAM);
    assertThat(Socket.option(pair.get(1), SOL_SOCKET, SO_PEEK_OFF)).isEqualTo(6);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment into = arena.allocate(100);
      assertThat(Socket.receive(pair.get(1), into, MSG_DONTWAIT)).isEqualTo("still here".length());
    }
  }
}
