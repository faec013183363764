package org.stasis.linux;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

@DisplayName("A kernel object")
class KernelObjectTest {
  private static final int CLONE_NEWUSER = 0x10000000;
  private static final int CLONE_NEWPID = 0x20000000;

  @Test
  void namespaceTellsItsKindAndItsOwner() throws IOException {
    try (Fd pid = Fd.open("/proc/self/ns/pid", Open.O_RDONLY | Open.O_CLOEXEC);
        Fd owner = NamespaceFile.owner(pid)) {
      assertThat(NamespaceFile.type(pid)).isEqualTo(CLONE_NEWPID);
      assertThat(NamespaceFile.type(owner)).isEqualTo(CLONE_NEWUSER);
      assertThat(NamespaceFile.ownerUid(owner)).isZero();
      assertThat(owner.stat().inode()).isEqualTo(Stat.of(null, "/proc/self/ns/user").inode());
      assertThatThrownBy(() -> NamespaceFile.parent(pid)).hasMessage("NS_GET_PARENT: EPERM");
    }
  }

  @Test
  void epollTellsWhatIsReady() throws IOException {
    try (Epoll epoll = Epoll.open();
        Pipe pipe = Pipe.open(Open.O_CLOEXEC)) {
      epoll.add(pipe.readEnd(), Epoll.EPOLLIN, 0x1_0000_0002L);
      assertThat(epoll.await(0)).isEmpty();
      pipe.writeEnd().writeFully("x".getBytes(US_ASCII));
      assertThat(epoll.await(-1)).containsExactly(new Epoll.Ready(Epoll.EPOLLIN, 0x1_0000_0002L));
      epoll.modify(pipe.readEnd(), 0, 3);
      assertThat(epoll.await(0)).isEmpty();
      epoll.add(pipe.writeEnd(), Epoll.EPOLLOUT, 4);
      assertThat(epoll.await(-1)).containsExactly(new Epoll.Ready(Epoll.EPOLLOUT, 4));
      epoll.remove(pipe.writeEnd());
      assertThatThrownBy(() -> epoll.remove(pipe.writeEnd())).hasMessage("epoll_ctl: ENOENT");
    }
  }

  @Test
  void fileIsOpenedByItsHandleWhateverItsName(@TempDir Path directory) throws IOException {
    Path file = Files.writeString(directory.resolve("old"), "content");
    FileHandle handle = FileHandle.of(null, file.toString(), 0);
    Files.move(file, directory.resolve("new"));
    try (Fd dir = Fd.openDirectory(directory.toString())) {
      try (Fd opened = handle.open(dir, Open.O_RDONLY | Open.O_CLOEXEC)) {
        assertThat(opened.stat().inode())
            .isEqualTo(Stat.of(null, directory.resolve("new").toString()).inode());
      }
      Files.delete(directory.resolve("new"));
      assertThatThrownBy(() -> handle.open(dir, Open.O_RDONLY))
          .hasMessage("open_by_handle_at: ESTALE");
    }
  }

  @Test
  void processTakesSettings() throws IOException {
    int before = Prctl.call(Prctl.PR_GET_DUMPABLE, 0);
    assertThat(before).isEqualTo(1);
    assertThatThrownBy(() -> Prctl.call(Prctl.PR_SET_DUMPABLE, 7)).hasMessage("prctl 4: EINVAL");
  }

  @Test
  void threadGivesUpCapabilitiesForItselfAlone() throws Exception {
    CapabilitySets before = CapabilitySets.get(0);
    AtomicReference<CapabilitySets> inside = new AtomicReference<>();
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    long without = before.effective() & ~(1L << CapabilitySets.CAP_KILL);
                    new CapabilitySets(without, before.permitted(), 0).apply();
                    inside.set(CapabilitySets.get(0));
                  } catch (SyscallException e) {
                    throw new IllegalStateException(e);
                  }
                });
    thread.join();
    assertThat(before.has(CapabilitySets.CAP_KILL)).isTrue();
    assertThat(inside.get().has(CapabilitySets.CAP_KILL)).isFalse();
    assertThat(inside.get().has(CapabilitySets.CAP_SYS_ADMIN)).isTrue();
    assertThat(inside.get().permitted()).isEqualTo(before.permitted());
    assertThat(CapabilitySets.get(0)).isEqualTo(before);
    try (ProcFs proc = ProcFs.open();
        ProcTask self = proc.task(Processes.self())) {
      assertThat(before.permitted()).isEqualTo(self.status().capabilities().permitted());
    }
  }
}
