package org.stasis.engine.unix;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.stasis.linux.socket.SocketOption.SOCK_DGRAM;
import static org.stasis.linux.socket.SocketOption.SOCK_STREAM;

import com.google.protobuf.ByteString;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Owners;
import org.stasis.engine.files.TestPlanner;
import org.stasis.engine.spi.Stage;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageWriter;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.FilePermsEntry;
import org.stasis.images.proto.ScmEntry;
import org.stasis.images.proto.SkOptsEntry;
import org.stasis.images.proto.SkPacketEntry;
import org.stasis.images.proto.SkShutdown;
import org.stasis.images.proto.UnixSkEntry;

@DisplayName("The plan for Unix sockets")
class UnixSocketsTest {
  private static final SkOptsEntry OPTIONS =
      SkOptsEntry.newBuilder()
          .setSoSndbuf(2000)
          .setSoRcvbuf(2000)
          .setSoSndTmoSec(0)
          .setSoSndTmoUsec(0)
          .setSoRcvTmoSec(0)
          .setSoRcvTmoUsec(0)
          .build();

  @TempDir Path directory;

  private static UnixSkEntry.Builder socket(int id, int type, int state, int peer) {
    return UnixSkEntry.newBuilder()
        .setId(id)
        .setIno(1000 + id)
        .setType(type)
        .setState(state)
        .setFlags(2)
        .setUflags(0)
        .setBacklog(3)
        .setPeer(peer == 0 ? 0 : 1000 + peer)
        .setFown(Owners.NOBODY)
        .setOpts(OPTIONS)
        .setName(ByteString.EMPTY);
  }

  private static UnixSkEntry.Builder named(UnixSkEntry.Builder socket, String name) {
    return socket.setName(ByteString.copyFrom(name, ISO_8859_1));
  }

  private static FileEntry file(UnixSkEntry.Builder socket) {
    return FileEntry.newBuilder()
        .setType(FdTypes.UNIXSK)
        .setId(socket.getId())
        .setUsk(socket)
        .build();
  }

  private TestPlanner planner(UnixSkEntry.Builder... sockets) {
    TestPlanner planner = new TestPlanner(directory);
    for (UnixSkEntry.Builder socket : sockets) {
      planner.file(file(socket), socket.getId());
    }
    return planner;
  }

  private static void packet(ImageWriter queue, SkPacketEntry.Builder entry, String data)
      throws java.io.IOException {
    queue.write(entry.setLength(data.length()).build());
    queue.writePayload(data.getBytes(ISO_8859_1));
  }

  /** The calls, without options of sockets and places in the channel. */
  private static List<String> calls(List<String> operations) {
    List<String> calls = new ArrayList<>();
    for (String operation : operations) {
      if (!operation.startsWith("setsockopt")) {
        calls.add(
            operation.replaceAll("&channel\\[\\d+\\]", "&").replaceAll("channel\\[\\d+]", "@"));
      }
    }
    return calls;
  }

  @Test
  void makesAPairWithOneCall() throws StasisException {
    TestPlanner planner = planner(socket(1, SOCK_STREAM, 1, 2), socket(2, SOCK_STREAM, 1, 1));
    planner.plan(new UnixSockets());
    assertThat(calls(planner.operations())).containsExactly("socketpair(1, 0x80001, 0, &)");
    assertThat(planner.opened()).containsOnlyKeys(1, 2);
  }

  @Test
  void sendsWhatWasQueuedThenShutsDown() throws StasisException {
    TestPlanner planner =
        planner(
                socket(1, SOCK_STREAM, 1, 2).setShutdown(SkShutdown.WRITE),
                socket(2, SOCK_STREAM, 1, 1).setShutdown(SkShutdown.READ))
            .images(
                images -> {
                  try (ImageWriter queue = images.open(ImageKind.SK_QUEUES)) {
                    packet(queue, SkPacketEntry.newBuilder().setIdFor(2), "hello");
                  }
                });
    planner.plan(new UnixSockets());
    assertThat(calls(planner.operations()))
        .containsExactly(
            "socketpair(1, 0x80001, 0, &)",
            "sendto(int @, &, 5, 16448, 0, 0)",
            "shutdown(int @, 1)",
            "shutdown(int @, 0)");
  }

  @Test
  void acceptsConnectionsFromTheirListenerAndLeavesOthersWaiting() throws StasisException {
    TestPlanner planner =
        planner(
            named(socket(1, SOCK_STREAM, 10, 0), "\0abstract"),
            named(socket(2, SOCK_STREAM, 1, 3), "\0abstract"),
            socket(3, SOCK_STREAM, 1, 2),
            socket(4, SOCK_STREAM, 1, 1));
    planner.plan(new UnixSockets());
    assertThat(calls(planner.operations()))
        .containsExactly(
            "socket(1, 0x80001, 0)", // r0: the client
            "socket(1, 0x80001, 0)", // the one that waits
            "socket(1, 0x80001, 0)", // the listener
            "bind(r10, &, 11)",
            "listen(r10, 0x10000)",
            "connect(r0, &, 11)",
            "accept4(r10, 0, 0, 0x80000)",
            "connect(r5, &, 11)",
            "listen(r10, 3)");
  }

  @Test
  void replacesTheFileThatTheDumpedProgramLeftBehind() throws StasisException {
    TestPlanner planner =
        planner(
            named(socket(1, SOCK_DGRAM, 7, 0), "/run/log\0")
                .setFilePerms(FilePermsEntry.newBuilder().setMode(0140666).setUid(5).setGid(6)));
    planner.plan(new UnixSockets());
    assertThat(calls(planner.operations()))
        .containsExactly(
            "socket(1, 0x80002, 0)",
            "bind(r0, &, 10)",
            "skip(r5, 3)",
            "openat(-100, &, 0xa0800, 0)",
            "unlinkat(-100, &, 0)",
            "bind(r0, &, 10)",
            "fchownat(-100, &, 5, 6, 256)",
            "fchmodat(-100, &, 438)");
  }

  @Test
  void sendsDescriptorsOnceEveryFileIsOpen() throws StasisException {
    TestPlanner planner =
        planner(socket(1, SOCK_STREAM, 1, 2), socket(2, SOCK_STREAM, 1, 1))
            .images(
                images -> {
                  try (ImageWriter queue = images.open(ImageKind.SK_QUEUES)) {
                    packet(
                        queue,
                        SkPacketEntry.newBuilder()
                            .setIdFor(1)
                            .addScm(ScmEntry.newBuilder().setType(1).addRights(7)),
                        "x");
                  }
                });
    UnixSockets kind = new UnixSockets();
    planner.plan(kind);
    assertThat(calls(planner.operations())).containsExactly("socketpair(1, 0x80001, 0, &)");
    assertThat(calls(planner.operations(TestPlanner.TASK, Stage.FILES_CONNECT)))
        .containsExactly(
            "store64(&, &)",
            "store64(&, &)",
            "store32(&, 107)",
            "store64(&, &)",
            "sendmsg(102, &, 16448)");
    assertThat(kind.needs(file(socket(1, SOCK_STREAM, 1, 2)))).containsExactly(7);
  }

  @Test
  void takesOverWhatTheCallerProvides() throws StasisException {
    TestPlanner planner = planner(socket(1, SOCK_STREAM, 1, 9));
    planner.inherit("socket:[1001]", 40);
    planner.plan(new UnixSockets());
    assertThat(calls(planner.operations())).containsExactly("dup(40)");
  }

  @Test
  void saysWhatHelpsWhenThePeerWasOutside() {
    TestPlanner planner = planner(socket(1, SOCK_STREAM, 1, 9));
    assertThatThrownBy(() -> planner.plan(new UnixSockets()))
        .isInstanceOf(StasisException.class)
        .hasMessageContaining("--inherit-fd fd[N]:socket[1001]");
  }

  @Test
  void putsInOneClusterWhoeverSharesAConnectionOrAName() throws StasisException {
    UnixSockets kind = new UnixSockets();
    assertThat(kind.clusters(file(named(socket(1, SOCK_STREAM, 1, 2), "\0name"))))
        .containsExactly("unix socket 1001", "unix socket 1002", "unix name @name");
  }
}
