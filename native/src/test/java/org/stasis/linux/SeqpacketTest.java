package org.stasis.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A socket that keeps messages apart")
class SeqpacketTest {
  private Seqpacket left;
  private Seqpacket right;

  @BeforeEach
  void connect() throws SyscallException {
    Seqpacket[] pair = Seqpacket.pair();
    left = pair[0];
    right = pair[1];
  }

  @AfterEach
  void disconnect() throws SyscallException {
    left.close();
    right.close();
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * 31 + length);
    }
    return bytes;
  }

  @ParameterizedTest(name = "{0} bytes")
  @ValueSource(ints = {1, 40, 4096, 32 << 10, 100_000})
  void receivesWhatWasSentWhateverItsLength(int length) throws SyscallException {
    left.send(bytes(length), null);
    Seqpacket.Message message = right.receive();
    assertThat(message.bytes()).isEqualTo(bytes(length));
    assertThat(message.descriptor()).isNull();
  }

  @Test
  void keepsMessagesApart() throws SyscallException {
    left.send(bytes(3), null);
    left.send(bytes(5), null);
    assertThat(right.receive().bytes()).hasSize(3);
    assertThat(right.receive().bytes()).hasSize(5);
    assertThatThrownBy(right::receiveNow)
        .isInstanceOfSatisfying(
            SyscallException.class, e -> assertThat(e.is(Errno.EAGAIN)).isTrue());
  }

  @Test
  void carriesADescriptor() throws SyscallException {
    try (Pipe pipe = Pipe.open(Open.O_CLOEXEC)) {
      left.send(bytes(1), pipe.writeEnd());
      Fd received = right.receive().descriptor();
      try (received) {
        assertThat(received).isNotNull();
        assertThat(Fcntl.getDescriptorFlags(received)).isEqualTo(Fcntl.FD_CLOEXEC);
        received.writeFully("through".getBytes(StandardCharsets.UTF_8));
      }
      byte[] got = new byte[16];
      assertThat(pipe.readEnd().read(got, 0, got.length)).isEqualTo(7);
    }
  }

  @Test
  void tellsThatTheOtherEndIsClosed() throws SyscallException {
    right.close();
    assertThat(left.receive().bytes()).isEmpty();
    assertThat(Poll.await(left.fd(), 0, 0) & Poll.POLLHUP).isNotZero();
    assertThatThrownBy(() -> left.send(bytes(1), null))
        .isInstanceOfSatisfying(
            SyscallException.class, e -> assertThat(e.is(Errno.EPIPE)).isTrue());
  }

  @Test
  void knowsWhoMadeTheOtherEnd() throws SyscallException {
    assertThat(left.peer().pid()).isEqualTo(Processes.self());
    try (Fd pidfd = left.peerPidfd()) {
      assertThat(Poll.await(pidfd, Poll.POLLIN, 0)).as("this process has not ended").isZero();
    }
  }

  @Test
  void isFoundByItsName(@TempDir Path folder) throws IOException {
    String name = folder.resolve("socket").toString();
    try (Seqpacket listening = Seqpacket.listen(name, 1);
        Seqpacket client = Seqpacket.connect(name);
        Seqpacket server = listening.accept()) {
      client.send(bytes(7), null);
      assertThat(server.receive().bytes()).hasSize(7);
      assertThatThrownBy(() -> Seqpacket.listen(name, 1))
          .hasMessage("bind " + name + ": EADDRINUSE");
    }
    assertThatThrownBy(() -> Seqpacket.connect(name))
        .hasMessage("connect " + name + ": ECONNREFUSED");
    String missing = folder.resolve("missing").toString();
    assertThatThrownBy(() -> Seqpacket.connect(missing))
        .hasMessage("connect " + missing + ": ENOENT");
    String tooLong = "/" + "x".repeat(Seqpacket.MAX_PATH_BYTES);
    assertThatThrownBy(() -> Seqpacket.listen(tooLong, 1))
        .isInstanceOfSatisfying(
            SyscallException.class, e -> assertThat(e.is(Errno.ENAMETOOLONG)).isTrue());
  }
}
