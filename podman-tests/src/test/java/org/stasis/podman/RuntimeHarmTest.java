package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A container that is half restored by stasis-runc when its engine is killed. */
@DisplayName("A container whose restore is cut short")
@Tag("container")
class RuntimeHarmTest {
  private static final String ID = "stasis-harm-" + ProcessHandle.current().pid();
  private static final int ROUNDS = 15; // each starts an engine, and makes a container

  @TempDir private Path folder;

  @Test
  @DisplayName("leaves nothing when the engine is killed at any moment")
  void leavesNothing() throws IOException {
    Peers peers = Peers.required();
    Path program = peers.criuDirectory().resolve("stasis-runc");
    Bundle bundle = new Bundle(folder.resolve("bundle"), "/" + ID);
    try (OwnEngine engine = new OwnEngine(peers.criuDirectory())) {
      Map<String, String> environment = new HashMap<>(peers.environment());
      environment.putAll(engine.environment());
      RuntimeDoor runtime = new RuntimeDoor("runc", program, folder, environment);
      try {
        runtime.directSilently("run", "--detach", "--bundle", bundle.folder().toString(), ID);
        bundle.awaitCount(3);
        Path images = folder.resolve("images");
        runtime.stasis("checkpoint", "--image-path=" + images, ID).orFail();
        String[] restore = {
          "restore", "--detach", "--bundle=" + bundle.folder(), "--image-path=" + images, ID
        };
        engine.startAgain();
        long start = System.nanoTime();
        runtime.stasisSilently(restore).orFail();
        long nanos = System.nanoTime() - start;
        runtime.direct("delete", "--force", ID).orFail();
        Set<String> before = boxes();
        for (long moment : new Moments(nanos, ROUNDS).nanos()) {
          engine.startAgain();
          harm(engine, runtime, restore, moment, bundle, before);
        }
        engine.startAgain();
        runtime.stasisSilently(restore).orFail();
        bundle.awaitCount(bundle.count() + 3);
      } finally {
        runtime.direct("delete", "--force", ID);
      }
    }
  }

  private void harm(
      OwnEngine engine,
      RuntimeDoor runtime,
      String[] restore,
      long moment,
      Bundle bundle,
      Set<String> before) {
    try {
      long start = System.nanoTime();
      CompletableFuture<CommandResult> restored =
          CompletableFuture.supplyAsync(() -> runtime.stasisSilently(restore));
      Moments.await(start, moment);
      engine.kill();
      if (restored.join().exitStatus() == 0) {
        bundle.awaitCount(bundle.count() + 3);
        runtime.direct("delete", "--force", ID).orFail();
      } else {
        assertThat(runtime.direct("state", ID).errors()).contains("does not exist");
        assertThat(boxes()).isEqualTo(before);
        assertThat(groups()).isEmpty();
      }
    } catch (AssertionError e) {
      throw new AssertionError(Moments.replay(moment), e);
    }
  }

  /** Folders of containers in the making. */
  private static Set<String> boxes() {
    Set<String> found = new TreeSet<>();
    try (var all = Files.newDirectoryStream(Path.of("/run/stasis"), "box-*")) {
      all.forEach(each -> found.add(each.toString()));
    } catch (IOException e) {
      throw new AssertionError("looking into /run/stasis", e);
    }
    return found;
  }

  private static Set<String> groups() {
    Set<String> found = new TreeSet<>();
    try (var hierarchies = Files.newDirectoryStream(Path.of("/sys/fs/cgroup"))) {
      for (Path hierarchy : hierarchies) {
        if (Files.isDirectory(hierarchy.resolve(ID))) {
          found.add(hierarchy.toString());
        }
      }
    } catch (IOException e) {
      throw new AssertionError("looking at cgroups", e);
    }
    return found;
  }
}
