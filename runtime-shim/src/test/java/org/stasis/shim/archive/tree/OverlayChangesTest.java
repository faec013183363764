package org.stasis.shim.archive.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stasis.linux.Device;
import org.stasis.linux.ExtendedAttributes;
import org.stasis.linux.Fd;
import org.stasis.linux.Names;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.shim.archive.tar.TarReader;

@DisplayName("Changes of a root directory")
class OverlayChangesTest {
  @TempDir private Path folder;
  private Path layers;
  private Path merged;
  private boolean mounted;

  @BeforeEach
  void makeLayers() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "mounting needs root");
    layers = Files.createDirectory(folder.resolve("layers"));
    merged = layers.resolve("merged");
    run("mount", "-t", "tmpfs", "layers", layers.toString());
    for (String each : List.of("low", "middle", "up", "work", "merged", "image", "restored")) {
      Files.createDirectory(layers.resolve(each));
    }
    shell(
        """
        cd low
        mkdir -p etc old/sub deep/a/b keep
        echo a >etc/a; echo b >etc/b; echo o1 >old/o1; echo s >old/sub/s; echo x >deep/a/b/x
        echo k >keep/k; echo gone >gone; ln -s etc way; echo t >type; mkdir typedir; echo i >typedir/i
        cd ../middle
        mkdir old deep; echo o2 >old/o2; mknod deep/a c 0 0; echo m >m
        """);
  }

  @AfterEach
  void unmount() throws Exception {
    if (layers != null) {
      if (mounted) {
        run("umount", merged.toString());
      }
      run("umount", layers.toString());
    }
  }

  private void mount(String... more) throws Exception {
    String options =
        "lowerdir="
            + layers.resolve("middle")
            + ":"
            + layers.resolve("low")
            + ",upperdir="
            + layers.resolve("up")
            + ",workdir="
            + layers.resolve("work");
    for (String each : more) {
      options += "," + each;
    }
    run("mount", "-t", "overlay", "overlay", "-o", options, merged.toString());
    mounted = true;
    shell("cp -a merged/. image; cp -a image/. restored");
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  private void shell(String script) throws Exception {
    run("sh", "-ec", "cd " + layers + "\n" + script);
  }

  /** Packs the changes and makes them in a copy of the image. */
  private OverlayChanges.Result carry(boolean whiteouts, boolean withLowers, Set<String> hidden)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    OverlayChanges.Result changes;
    try (Fd up = Fd.openDirectory(layers.resolve("up").toString());
        Fd whole = Fd.openDirectory(merged.toString());
        Fd middle = Fd.openDirectory(layers.resolve("middle").toString());
        Fd low = Fd.openDirectory(layers.resolve("low").toString());
        Fd restored = Fd.openDirectory(layers.resolve("restored").toString())) {
      changes =
          OverlayChanges.list(
              up, whole, withLowers ? List.of(middle, low) : List.of(), whiteouts, hidden);
      changes.tree().writeTo(bytes);
      assertThat(changes.tree().size()).isEqualTo(bytes.size());
      Unpacker unpacker = new Unpacker(restored, UnpackRules.rootfs(true, whiteouts), null);
      for (String each : changes.deleted()) {
        unpacker.remove(each);
      }
      unpacker.unpack(new TarReader(new ByteArrayInputStream(bytes.toByteArray())));
    }
    return changes;
  }

  private void assertRestored() throws IOException {
    assertThat(Listing.of(layers.resolve("restored").toString()))
        .containsExactlyEntriesOf(Listing.of(merged.toString()));
  }

  @ParameterizedTest(name = "whiteouts {0}")
  @ValueSource(booleans = {true, false})
  void areCarriedWhateverTheyAre(boolean whiteouts) throws Exception {
    mount();
    shell(
        """
        cd merged
        echo aa >>etc/a; rm gone; rm -r old; mkdir old; echo new >old/o2; mkdir old/sub; echo n >old/sub/n
        ln old/o2 hard; ln hard etc/hard; mkfifo fifo; mknod null c 1 3; mknod disk b 8 200
        truncate -s 10M holes; printf x | dd of=holes bs=1 seek=5000000 conv=notrunc 2>/dev/null
        chown 3000000:4000000000 etc/b; chmod 4711 etc/b; chmod 1777 keep; chown -h 7 way
        touch -d '1960-02-03 04:05:06.789012345' keep/k; touch -h -d '2030-01-01 00:00:00.5' way
        rm type; mkdir type; echo in >type/in; rm -r typedir; echo file >typedir
        ln -s /etc/passwd link; mkdir -p "$(printf 'n\\377/\\303\\244')"; rm m; mkdir m
        """);
    try (Fd directory = Fd.openDirectory(merged.toString())) {
      byte[] binary = new byte[300];
      for (int i = 0; i < binary.length; i++) {
        binary[i] = (byte) i;
      }
      ExtendedAttributes.set(directory, "keep", "trusted.stasis", binary);
      ExtendedAttributes.set(directory, "way", "trusted.link", new byte[] {0});
    }
    OverlayChanges.Result changes = carry(whiteouts, true, Set.of());
    assertRestored();
    if (!whiteouts) {
      assertThat(changes.deleted()).contains("/gone", "/old/o1", "/old/sub/s");
      assertThat(changes.deleted()).doesNotContain("/old", "/old/o2", "/old/sub");
    } else {
      assertThat(changes.deleted()).isEmpty();
    }
  }

  static LongStream seeds() {
    return LongStream.range(0, 10);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void areCarriedWhateverIsDone(long seed) throws Exception {
    mount();
    new RandomChanges(merged, seed).make(150);
    carry(seed % 2 == 0, true, Set.of());
    assertRestored();
  }

  @Test
  void needTheLowerDirectoriesWhereADirectoryWasReplaced() throws Exception {
    mount();
    shell("rm -r merged/old; mkdir merged/old");
    assertThatThrownBy(() -> carry(false, false, Set.of()))
        .hasMessageContaining("the container replaced the directory /old");
    carry(true, false, Set.of());
    assertRestored();
  }

  @Test
  void leaveOutWhatIsHiddenByMounts() throws Exception {
    mount();
    shell("cd merged; mkdir data; echo x >data/x; echo h >etc/hosts; echo y >etc/y");
    OverlayChanges.Result changes = carry(false, true, Set.of("data", "etc/hosts"));
    assertThat(changes.tree().files())
        .extracting(each -> each.entry().name())
        .containsExactly("etc", "etc/y");
  }

  @ParameterizedTest(name = "whiteouts {0}")
  @ValueSource(booleans = {true, false})
  void areReadFromBelowWhereOverlayfsLeftThemThere(boolean whiteouts) throws Exception {
    mount("metacopy=on", "redirect_dir=on");
    shell("cd merged; chmod 600 etc/a; mv keep kept; echo more >kept/more");
    try (Fd up = Fd.openDirectory(layers.resolve("up/etc").toString())) {
      assertThat(ExtendedAttributes.list(up, "a")).contains("trusted.overlay.metacopy");
    }
    carry(whiteouts, true, Set.of());
    assertRestored();
  }

  @Test
  void knowTheLayersOfAMount() throws Exception {
    mount();
    int pid = (int) ProcessHandle.current().pid();
    assertThat(OverlayLayers.mounted(merged, pid, Path::of))
        .isEqualTo(
            new OverlayLayers(
                layers.resolve("up"),
                List.of(layers.resolve("middle"), layers.resolve("low")),
                merged));
    assertThat(OverlayLayers.mounted(layers, pid, Path::of)).isNull();
  }

  @Test
  void knowWhiteoutsThatAreAttributes() throws Exception {
    mount();
    run("umount", merged.toString());
    mounted = false;
    try (Fd up = Fd.openDirectory(layers.resolve("up").toString())) {
      Names.makeNode(up, "gone", Stat.S_IFREG | 0600, Device.NONE);
      ExtendedAttributes.set(up, "gone", "trusted.overlay.whiteout", new byte[] {'y'});
      try (Fd low = up.openAt("../low", Open.O_RDONLY | Open.O_CLOEXEC, 0)) {
        assertThat(OverlayChanges.list(up, null, List.of(low), false, Set.of()).deleted())
            .containsExactly("/gone");
      }
    }
  }
}
