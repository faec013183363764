package org.stasis.shim.runc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.linux.SyscallException;
import org.stasis.shim.criu.FakeCaller;
import org.stasis.shim.criu.FakeEngine;

@DisplayName("stasis-runc restore")
class RestoreCommandTest {
  @TempDir private Path folder;
  private FakeCaller caller;

  @BeforeEach
  void makeBundle() throws IOException {
    folder = folder.toRealPath();
    caller = new FakeCaller(folder);
    caller.realRuntime = "/opt/runc";
    Files.createDirectory(folder.resolve("bundle"));
    Files.writeString(
        folder.resolve("bundle/config.json"), "{\"linux\":{\"namespaces\":[{\"type\":\"pid\"}]}}");
  }

  @AfterEach
  void closeCaller() throws SyscallException {
    caller.close();
  }

  private String refused(String words) throws IOException {
    String[] line = ("--root state restore --bundle bundle " + words).split(" ", -1);
    assertThat(RuncDoor.run(caller.calling(line), new FakeEngine())).isEqualTo(1);
    assertThat(caller.ran).as("what the runtime was asked to do").isEmpty();
    return caller.error();
  }

  @Test
  void refusesAnIdThatIsTakenBeforeAnythingElse() throws IOException {
    Files.createDirectories(folder.resolve("state/box"));
    assertThat(refused("--image-path none box"))
        .contains("container with given ID already exists")
        .doesNotContain("none");
  }

  @Test
  void refusesImagesThatAreNotThere() throws IOException {
    assertThat(refused("--image-path none box")).contains("none: no such file or directory");
    assertThat(folder.resolve("none")).doesNotExist();
    Files.createDirectory(folder.resolve("empty"));
    assertThat(refused("--image-path empty --work-path work box"))
        .contains("empty has no images of a checkpoint: it has no inventory.img");
    assertThat(folder.resolve("work")).doesNotExist();
  }

  @Test
  void looksForRelativeImagesInTheBundleFirst() throws IOException {
    Files.createDirectories(folder.resolve("images"));
    Files.createFile(folder.resolve("images/inventory.img"));
    Files.createDirectories(folder.resolve("bundle/images"));
    assertThat(refused("--image-path images box")).contains("images has no images");
    Files.delete(folder.resolve("bundle/images"));
    assertThat(refused("--image-path images box")).contains("descriptors.json");
  }

  @Test
  void refusesAContainerInTheHostsPidNamespaceWhereTheRuntimeHasNoCriu() throws IOException {
    Files.createDirectory(folder.resolve("images"));
    Files.createFile(folder.resolve("images/inventory.img"));
    Files.writeString(folder.resolve("bundle/config.json"), "{}");
    caller.realRuntime = "/opt/crun";
    String[] line = "restore --bundle bundle --image-path images box".split(" ", -1);
    assertThat(RuncDoor.run(caller.calling(line), new FakeEngine())).isEqualTo(1);
    assertThat(caller.ran).as("but for a question").hasSize(1);
    assertThat(caller.ran.getFirst()).endsWith("/opt/crun", "--version");
    assertThat(caller.error()).contains("built without criu");
  }
}
