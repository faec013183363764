package org.stasis.engine.ns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.linux.Fd;
import org.stasis.linux.MountApi;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.linux.ThreadNamespaces;

@DisplayName("A thread in other namespaces")
class NamespaceThreadTest {
  private static final Path OWN_MOUNTS = Path.of("/proc/self/ns/mnt"); // of the main thread
  private static final long MS_PRIVATE_REC = MountApi.MS_PRIVATE | MountApi.MS_REC;
  private static final Path ROOT_OWNED = Path.of("/proc/self/ns/uts");

  @Test
  void worksThereAndLeavesTheCallerWhereItIs() throws Exception {
    assumeRoot();
    String here = name("uts");
    Fd other = unshared(ThreadNamespaces.CLONE_NEWUTS, "uts");
    try (other) {
      String there = NamespaceThread.call(List.of(other), () -> name("uts"));
      assertThat(there).startsWith("uts:[").isNotEqualTo(here);
    }
    assertThat(name("uts")).isEqualTo(here);
  }

  @Test
  void entersAMountNamespaceThoughTheProcessHasManyThreads() throws Exception {
    assumeRoot();
    String here = name("mnt");
    try (Fd other = unshared(ThreadNamespaces.CLONE_NEWNS, "mnt")) {
      String there = NamespaceThread.call(List.of(other), () -> name("mnt"));
      assertThat(there).isNotEqualTo(here);
    }
  }

  @Test
  void changesMountsElsewhereWhilePathsStayTheCallers(@TempDir Path directory) throws Exception {
    assumeRoot();
    Files.createFile(directory.resolve("here"));
    try (Fd other = unshared(ThreadNamespaces.CLONE_NEWNS, "mnt")) {
      boolean seen =
          NamespaceThread.callInMounts(
              other,
              root -> {
                MountApi.changePropagation("/proc/self/fd/" + root.number(), MS_PRIVATE_REC);
                return Files.exists(directory.resolve("here"))
                    && !name("mnt").equals(Files.readSymbolicLink(OWN_MOUNTS).toString());
              });
      assertThat(seen).isTrue();
    }
  }

  @Test
  void throwsWhatTheWorkThrows() {
    assumeRoot();
    assertThatThrownBy(
            () ->
                NamespaceThread.call(
                    List.of(),
                    () -> {
                      throw new IOException("as it was");
                    }))
        .isExactlyInstanceOf(IOException.class)
        .hasMessage("as it was");
  }

  @Test
  void refusesWhatIsNoNamespace() throws Exception {
    assumeRoot();
    try (Fd none = Fd.open("/dev/null", Open.O_RDONLY | Open.O_CLOEXEC)) {
      assertThatThrownBy(() -> NamespaceThread.call(List.of(none), () -> 1))
          .isInstanceOf(SyscallException.class)
          .hasMessageContaining("setns");
    }
  }

  /** A namespace that only the descriptor keeps alive: made by a thread that is gone by then. */
  private static Fd unshared(int flag, String kind) throws Exception {
    return NamespaceThread.call(
        List.of(),
        () -> {
          ThreadNamespaces.unshare(flag);
          return Fd.open("/proc/thread-self/ns/" + kind, Open.O_RDONLY | Open.O_CLOEXEC);
        });
  }

  private static String name(String kind) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/" + kind)).toString();
  }

  private static void assumeRoot() {
    assumeTrue(
        Files.exists(ROOT_OWNED) && "root".equals(System.getProperty("user.name")),
        "needs root to make namespaces");
  }
}
