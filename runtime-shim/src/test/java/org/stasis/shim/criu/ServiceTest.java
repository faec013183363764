package org.stasis.shim.criu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.images.proto.CriuOpts;
import org.stasis.images.proto.CriuReq;
import org.stasis.images.proto.CriuReqType;
import org.stasis.images.proto.CriuResp;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Pipe;
import org.stasis.linux.Seqpacket;
import org.stasis.linux.SyscallException;

@DisplayName("criu service")
class ServiceTest {
  private static final int STATUS = 9;
  private static final long DEADLINE_SECONDS = 10;

  @TempDir Path directory;
  private FakeCaller caller;
  private Fd images;
  private final FakeEngine engine = new FakeEngine();
  private final CompletableFuture<Integer> status = new CompletableFuture<>();

  @BeforeEach
  void start() throws IOException {
    Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    caller = new FakeCaller(directory);
    images = Fd.openDirectory(Files.createDirectory(directory.resolve("images")).toString());
    Files.writeString(directory.resolve("socket"), "an old one is in the way");
    try (Pipe pipe = Pipe.open(0)) {
      caller.put(STATUS, pipe.writeEnd().duplicate());
      caller.calling(
          "service", "--address", "socket", "--status-fd", "" + STATUS, "--pidfile", "pid");
      Thread.ofPlatform().start(this::serve);
      assertThat(pipe.readEnd().read(new byte[1], 0, 1)).isEqualTo(1);
    }
  }

  private void serve() {
    try {
      status.complete(CriuDoor.run(caller, engine));
    } catch (Throwable e) {
      status.completeExceptionally(e);
    }
  }

  @AfterEach
  void stop() throws Exception {
    if (caller == null) {
      return;
    }
    caller.onCancel.forEach(Runnable::run);
    assertThat(status.get(DEADLINE_SECONDS, TimeUnit.SECONDS)).isEqualTo(1);
    images.close();
    caller.close();
  }

  private RpcClient connect() throws SyscallException {
    return new RpcClient(Seqpacket.connect(directory.resolve("socket").toString()));
  }

  private CriuOpts.Builder options() {
    return CriuOpts.newBuilder().setImagesDirFd(images.number());
  }

  @Test
  void servesClientsSideBySide() throws Exception {
    try (RpcClient first = connect();
        RpcClient second = connect()) {
      first.send(CriuReq.newBuilder().setType(CriuReqType.VERSION).setKeepOpen(true));
      assertThat(first.reply().getSuccess()).isTrue();
      second.send(CriuReqType.DUMP, options().setPid(5).setNotifyScripts(true));
      assertThat(second.reply().getSuccess()).isTrue();
      first.send(CriuReqType.VERSION);
      assertThat(first.reply().getSuccess()).isTrue();

      assertThat(second.seesTheEnd()).isTrue();
      assertThat(second.notifications).contains("post-dump");
      assertThat(directory.resolve("images/criu.log")).exists();
    }
  }

  @Test
  void refusesWhatMeansTheProcessOfTheClient() throws Exception {
    try (RpcClient client = connect()) {
      client.send(CriuReqType.RESTORE, options().setRstSibling(true));
      CriuResp reply = client.reply();

      assertThat(reply.getCrErrno()).isEqualTo(Errno.EBADRQC.number());
      assertThat(reply.getCrErrmsg()).contains("rst_sibling");
      assertThat(engine.restores).isEmpty();
    }
  }

  @Test
  void restores() throws Exception {
    try (RpcClient client = connect()) {
      client.send(CriuReqType.RESTORE, options());

      assertThat(client.reply().getRestore().getPid()).isEqualTo(FakeEngine.ROOT_PID);
    }
  }

  @Test
  void tellsItsPid() throws IOException {
    assertThat(directory.resolve("pid")).hasContent("" + ProcessHandle.current().pid());
  }
}
