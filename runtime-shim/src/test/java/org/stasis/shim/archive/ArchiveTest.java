package org.stasis.shim.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stasis.linux.Stat;
import org.stasis.shim.archive.tar.TarEntry;
import org.stasis.shim.archive.tar.TarReader;
import org.stasis.shim.archive.tar.TarType;
import org.stasis.shim.archive.tar.TarWriter;
import org.stasis.shim.archive.tree.OverlayLayers;
import org.stasis.shim.archive.tree.TarBuilder;

@DisplayName("An archive of a checkpoint")
class ArchiveTest {
  private static final String PODMAN_SPEC =
      "{\"annotations\":{\"io.container.manager\":\"libpod\"},\"mounts\":[{\"destination\":\"/proc\"}]}";

  @TempDir private Path folder;
  private Path images;
  private Path bundle;

  @BeforeEach
  void makeCheckpoint() throws IOException {
    images = Files.createDirectory(folder.resolve("images"));
    byte[] pages = new byte[100_000];
    new Random(1).nextBytes(pages);
    Files.write(images.resolve("pages-1.img"), pages);
    Files.writeString(images.resolve("inventory.img"), "inventory");
    Files.createDirectory(images.resolve("sub"));
    Files.writeString(images.resolve("sub/file"), "in a directory");
    bundle = Files.createDirectory(folder.resolve("bundle"));
    Files.writeString(bundle.resolve("config.json"), PODMAN_SPEC);
  }

  private ArchiveContents contents() {
    return new ArchiveContents()
        .images(images)
        .bundle(bundle)
        .facts(new ContainerFacts("0123", "box", "localhost/image:1", "sha256:1", "runc", ""));
  }

  private static ArchiveAddress address(String text) throws IOException {
    return ArchiveAddress.of(text, Path::of);
  }

  private UnpackedArchive unpack(String address) throws IOException {
    return unpack(address, UnpackLimits.STANDARD);
  }

  private UnpackedArchive unpack(String address, UnpackLimits limits) throws IOException {
    return Archive.unpack(
        address(address), folder.resolve("unpacked"), new UnpackOptions(null, false, limits));
  }

  private String name(String prefix) {
    return prefix + folder.resolve("archive");
  }

  private static List<String> names(byte[] tar) throws IOException {
    TarReader reader = new TarReader(new ByteArrayInputStream(tar));
    List<String> names = new ArrayList<>();
    for (TarEntry entry; (entry = reader.next()) != null; ) {
      names.add(entry.name());
    }
    return names;
  }

  private static Map<String, String> files(Path directory) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> tree = Files.walk(directory)) {
      for (Path each : tree.filter(Files::isRegularFile).toList()) {
        byte[] content = Files.readAllBytes(each);
        files.put(directory.relativize(each).toString(), Arrays.hashCode(content) + "");
      }
    }
    return files;
  }

  private void assertNothingUnpacked() throws IOException {
    try (Stream<Path> names = Files.list(folder)) {
      assertThat(names.map(each -> each.getFileName().toString()))
          .noneMatch(each -> each.equals("unpacked") || each.endsWith(".unfinished"));
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(Compression.class)
  void isUnpackedAsItWasMade(Compression compression) throws IOException {
    for (String prefix : List.of("", "oci:", "oci-archive:")) {
      String where = prefix + folder.resolve("archive" + prefix.length());
      Archive.create(contents(), address(where), compression);

      UnpackedArchive archive =
          Archive.unpack(
              address(where), folder.resolve("unpacked" + prefix.length()), UnpackOptions.STANDARD);

      assertThat(archive.verified()).isTrue();
      assertThat(archive.layout()).isEqualTo(Layout.PODMAN);
      assertThat(archive.facts().name()).isEqualTo("box");
      assertThat(archive.facts().image()).isEqualTo("localhost/image:1");
      assertThat(files(archive.images())).isEqualTo(files(images));
      assertThat(archive.spec()).hasContent(PODMAN_SPEC);
    }
  }

  @Test
  void isForItsOwnerOnlyAndReplacesAnOldOneWhenComplete() throws IOException {
    Files.writeString(folder.resolve("archive"), "old");
    Files.delete(images.resolve("inventory.img"));
    assertThatThrownBy(() -> Archive.create(contents(), address(name("")), null))
        .hasMessageContaining("lacks inventory.img");
    assertThat(folder.resolve("archive")).hasContent("old");
    Files.writeString(images.resolve("inventory.img"), "inventory");
    Archive.create(contents(), address(name("")), null);
    assertThat(Files.getAttribute(folder.resolve("archive"), "unix:mode")).isEqualTo(0100600);
    assertNothingUnpacked();
  }

  @Test
  void hasTheOrderAndNamesOfItsTool() throws IOException {
    Files.writeString(folder.resolve("log"), "log");
    Path work = Files.createDirectory(folder.resolve("work"));
    Files.writeString(work.resolve("stats-dump"), "statistics");
    Files.writeString(work.resolve("dump.log"), "log");
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Files.writeString(tree.resolve("file"), "content");
    ArchiveContents all =
        contents()
            .containerLog(folder.resolve("log"))
            .networkStatus(folder.resolve("log"))
            .work(work)
            .sharedMemory(tree)
            .volume("data", tree)
            .rootfs(new OverlayLayers(tree, List.of(), null));

    Archive.create(all, address(name("")), Compression.NONE);
    assertThat(names(Files.readAllBytes(folder.resolve("archive"))))
        .containsExactly(
            "devshm-checkpoint.tar",
            "config.dump",
            "spec.dump",
            "network.status",
            "stats-dump",
            "ctr.log",
            "checkpoint/",
            "checkpoint/inventory.img",
            "checkpoint/pages-1.img",
            "checkpoint/sub/",
            "checkpoint/sub/file",
            "rootfs-diff.tar",
            "volumes/data.tar",
            "stasis.sha256");
    UnpackedArchive archive = unpack(name(""));
    assertThat(names(Files.readAllBytes(archive.rootfsChanges()))).containsExactly("file");

    all =
        contents()
            .containerLog(folder.resolve("log"))
            .work(work)
            .rootfs(new OverlayLayers(tree, List.of(), null));
    Archive.create(all.layout(Layout.CRI_O), address(name("")), null);
    assertThat(names(Files.readAllBytes(folder.resolve("archive"))))
        .containsSubsequence(
            "stats-dump",
            "dump.log",
            "checkpoint/",
            "config.dump",
            "spec.dump",
            "rootfs-diff.tar",
            "io.kubernetes.cri-o.LogPath",
            "stasis.sha256");

    all.containerLog(folder.resolve("log"));
    Archive.create(all.layout(Layout.CONTAINERD), address(name("")), null);
    assertThat(names(Files.readAllBytes(folder.resolve("archive"))))
        .containsSubsequence(
            "checkpoint/",
            "config.dump",
            "container.log",
            "dump.log",
            "rootfs-diff.tar",
            "spec.dump",
            "stats-dump",
            "stasis.sha256");
  }

  @Test
  void isMadeAgainOfWhatWasUnpacked() throws IOException {
    Archive.create(contents(), address(name("")), null);
    UnpackedArchive first = unpack(name(""));
    Files.writeString(first.images().resolve("core-1.img"), "another");
    String again = folder.resolve("again").toString();

    Archive.create(new ArchiveContents().from(first.directory()), address(again), null);

    UnpackedArchive second =
        Archive.unpack(address(again), folder.resolve("second"), UnpackOptions.STANDARD);
    assertThat(second.verified()).isTrue();
    Map<String, String> expected = files(first.directory());
    Map<String, String> found = files(second.directory());
    assertThat(found.remove("stasis.sha256")).isNotEqualTo(expected.remove("stasis.sha256"));
    assertThat(found).isEqualTo(expected);
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(Compression.class)
  void isRefusedWhereverItIsCutOff(Compression compression) throws IOException {
    Archive.create(contents(), address(name("")), compression);
    byte[] whole = Files.readAllBytes(folder.resolve("archive"));
    int end = compression == Compression.NONE ? whole.length - 1 : whole.length;
    for (int length = 0; length < end; length += length < 3000 || length > end - 3000 ? 97 : 4099) {
      Files.write(folder.resolve("archive"), Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> unpack(name(""))).as("%d", length).isInstanceOf(IOException.class);
      assertNothingUnpacked();
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(Compression.class)
  void isRefusedWhenABitOfItIsWrong(Compression compression) throws IOException {
    Archive.create(contents(), address(name("")), compression);
    byte[] whole = Files.readAllBytes(folder.resolve("archive"));
    Random random = new Random(5);
    int passed = 0;
    for (int i = 0; i < 60; i++) {
      byte[] changed = whole.clone();
      int bit = random.nextInt(8 * whole.length);
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(folder.resolve("archive"), changed);
      try {
        UnpackedArchive archive = unpack(name(""));
        passed++; // a time, or padding: nothing of the content
        assertThat(files(archive.images())).isEqualTo(files(images));
        deleteTree(archive.directory());
      } catch (IOException e) {
        assertNothingUnpacked();
      }
    }
    assertThat(passed).isLessThan(6);
  }

  private static void deleteTree(Path directory) throws IOException {
    try (Stream<Path> tree = Files.walk(directory)) {
      for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  private void assertRefused(byte[] archive, String why) throws IOException {
    Files.write(folder.resolve("archive"), archive);
    assertThatThrownBy(() -> unpack(name(""))).hasMessageContaining(why);
    assertNothingUnpacked();
  }

  @Test
  void isRefusedWhenAPartIsNotTheOneThatWasPacked() throws IOException {
    String sum = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"; // of "test"
    assertRefused(
        new TarBuilder()
            .file("checkpoint/a", "best")
            .file("stasis.sha256", sum + "  checkpoint/a\n")
            .bytes(),
        "damaged: checkpoint/a has the SHA-256");
    assertRefused(
        new TarBuilder()
            .file("checkpoint/b", "test")
            .file("stasis.sha256", sum + "  checkpoint/a\n")
            .bytes(),
        "checkpoint/b has no checksum");
    assertRefused(
        new TarBuilder()
            .directory("checkpoint")
            .file("stasis.sha256", sum + "  checkpoint/a\n")
            .bytes(),
        "checkpoint/a is missing");
    assertRefused(
        new TarBuilder().directory("checkpoint").file("stasis.sha256", "").file("more", "").bytes(),
        "something comes behind the checksums");
    assertRefused(
        new TarBuilder().directory("checkpoint").file("stasis.sha256", "nonsense").bytes(),
        "is no checksum");
    assertRefused(new TarBuilder().file("other", "").bytes(), "no archive of a checkpoint");
    assertRefused("hello".getBytes(StandardCharsets.UTF_8), "it ends early");
    assertRefused("BZh9".getBytes(StandardCharsets.UTF_8), "bzip2");
  }

  @Test
  void ofAnotherToolNeedsNoChecksums() throws IOException {
    byte[] archive = new TarBuilder().file("config.dump", "{}").file("checkpoint/a", "x").bytes();
    byte[] withTail = Arrays.copyOf(archive, archive.length + 777); // as CRI-O leaves it
    Arrays.fill(withTail, archive.length, withTail.length, (byte) 'x');
    Files.write(folder.resolve("archive"), withTail);
    assertThat(unpack(name("")).verified()).isFalse();
  }

  @Test
  void isRefusedWhenItUnpacksToTooMuch() throws IOException {
    byte[] archive = new TarBuilder().file("checkpoint/a", "x".repeat(1 << 20)).bytes();
    Files.write(folder.resolve("archive"), archive);
    assertThatThrownBy(() -> unpack(name(""), new UnpackLimits(1 << 20, 1000)))
        .hasMessageContaining("it unpacks to more than 1048576 bytes");
    assertNothingUnpacked();
    assertThat(unpack(name(""), new UnpackLimits(2 << 20, 1))).isNotNull();
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"GZIP", "ZSTD"})
  void isRefusedWhenItIsABomb(String compression) throws IOException {
    try (OutputStream file = Files.newOutputStream(folder.resolve("archive"));
        OutputStream bomb = Compression.valueOf(compression).compress(file)) {
      byte[] header =
          TarWriter.wideHeader(TarEntry.file("checkpoint/a", 0600, 1L << 40, new Stat.Time(0, 0)));
      bomb.write(header);
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < 300; i++) {
        bomb.write(zeros);
      }
    }
    assertThatThrownBy(() -> unpack(name(""), new UnpackLimits(Long.MAX_VALUE, 100)))
        .hasMessageContaining("it unpacks to more than 100 times its size");
    assertNothingUnpacked();
  }

  @Test
  void isUnpackedOnlyWhereNothingIs() throws IOException {
    Archive.create(contents(), address(name("")), null);
    Path there = Files.createDirectory(folder.resolve("unpacked"));
    unpack(name(""));
    assertThat(there.resolve("checkpoint")).isDirectory();
    assertThatThrownBy(() -> unpack(name(""))).hasMessageContaining("exists already");
    assertThatThrownBy(
            () -> Archive.create(contents(), address("oci:" + folder.resolve("unpacked")), null))
        .hasMessageContaining("exists already");
  }

  @Test
  void changesTheRootDirectory() throws IOException {
    Path tree = Files.createDirectory(folder.resolve("upper"));
    Files.writeString(tree.resolve("new"), "content");
    for (Layout layout : List.of(Layout.PODMAN, Layout.CONTAINERD)) {
      Path rootfs = Files.createDirectory(folder.resolve("rootfs-" + layout));
      Path unpacked = folder.resolve("unpacked-" + layout);
      Archive.create(
          contents().layout(layout).rootfs(new OverlayLayers(tree, List.of(), null)),
          address(name("")),
          null);
      Archive.unpack(address(name("")), unpacked, UnpackOptions.STANDARD.withRootfs(rootfs));
      assertThat(rootfs.resolve("new")).hasContent("content");
    }
  }

  @Test
  void leavesTheRootDirectoryAloneWhenItsChangesAreBad() throws IOException {
    Path rootfs = Files.createDirectory(folder.resolve("rootfs"));
    Files.writeString(rootfs.resolve("kept"), "");
    byte[] good = new TarBuilder().file("a", "1").bytes();
    List<byte[]> bad =
        List.of(
            new TarBuilder().file("a", "1").file("../b", "2").bytes(),
            Arrays.copyOf(good, good.length - 600),
            new TarBuilder().file("a", "").link("c", TarType.HARD_LINK, "/etc/passwd").bytes());
    for (byte[] each : bad) {
      assertRootfsKept(rootfs, each, "[\"/kept\"]");
    }
    assertRootfsKept(rootfs, good, "[\"/kept\",\"/../other\"]");
    assertRootfsKept(rootfs, good, "[\"/kept\",5]");
    assertRootfsKept(rootfs, good, "[\"/kept\"");
  }

  private void assertRootfsKept(Path rootfs, byte[] changes, String deleted) throws IOException {
    TarBuilder archive = new TarBuilder().directory("checkpoint").file("deleted.files", deleted);
    archive.file("rootfs-diff.tar", new String(changes, StandardCharsets.US_ASCII));
    Files.write(folder.resolve("archive"), archive.bytes());
    assertThatThrownBy(
            () ->
                Archive.unpack(
                    address(name("")),
                    folder.resolve("unpacked"),
                    UnpackOptions.STANDARD.withRootfs(rootfs)))
        .isInstanceOf(IOException.class);
    try (Stream<Path> names = Files.list(rootfs)) {
      assertThat(names).containsExactly(rootfs.resolve("kept"));
    }
    assertNothingUnpacked();
  }

  @Test
  void inAnImageIsRefusedWhenABlobIsNotTheOneThatWasWritten() throws IOException {
    Path layout = folder.resolve("archive");
    Archive.create(contents(), address("oci:" + layout), null);
    List<Path> blobs;
    try (Stream<Path> names = Files.list(layout.resolve("blobs/sha256"))) {
      blobs = names.toList();
    }
    assertThat(blobs).hasSize(3);
    for (Path each : blobs) {
      byte[] whole = Files.readAllBytes(each);
      byte[] changed = whole.clone();
      changed[changed.length - 1] ^= 4;
      Files.write(each, changed);
      boolean config = new String(whole, StandardCharsets.UTF_8).contains("diff_ids");
      if (!config) { // is not looked at
        assertThatThrownBy(() -> unpack("oci:" + layout)).isInstanceOf(IOException.class);
        assertNothingUnpacked();
      }
      Files.write(each, whole);
    }
    assertThat(unpack("oci:" + layout).verified()).isTrue();
  }

  @Test
  void isFoundByItsTagAmongOthers() throws IOException {
    Path layout = folder.resolve("archive");
    Archive.create(contents(), address("oci:" + layout + ":one"), null);
    assertThatThrownBy(() -> unpack("oci:" + layout + ":two"))
        .hasMessageContaining("0 images with the tag two");
    assertThat(unpack("oci:" + layout + ":one").verified()).isTrue();
  }

  @Test
  void isReadFromAnImageOfSeveralLayers() throws IOException {
    Path layout = folder.resolve("archive");
    Files.createDirectories(layout.resolve("blobs/sha256"));
    byte[] first =
        new TarBuilder().directory("checkpoint").file("checkpoint/a", "1").file("old", "").bytes();
    byte[] second = new TarBuilder().file("checkpoint/a", "2").file(".wh.old", "").bytes();
    byte[] manifest =
        Json.write(
            Map.of(
                "config", blob(layout, "{}".getBytes(StandardCharsets.UTF_8), "config"),
                "layers",
                    List.of(
                        blob(layout, first, "application/vnd.oci.image.layer.v1.tar"),
                        blob(layout, second, "application/vnd.oci.image.layer.v1.tar"))));
    Map<String, Object> described =
        blob(layout, manifest, "application/vnd.oci.image.manifest.v1+json");
    Files.write(layout.resolve("index.json"), Json.write(Map.of("manifests", List.of(described))));

    UnpackedArchive archive = unpack("oci:" + layout);

    assertThat(archive.images().resolve("a")).hasContent("2");
    assertThat(archive.directory().resolve("old")).doesNotExist();
  }

  private static Map<String, Object> blob(Path layout, byte[] bytes, String mediaType)
      throws IOException {
    MessageDigest sha256 = Checksums.sha256();
    String digest = HexFormat.of().formatHex(sha256.digest(bytes));
    Files.write(layout.resolve("blobs/sha256/" + digest), bytes);
    return Map.of("mediaType", mediaType, "digest", "sha256:" + digest, "size", bytes.length);
  }
}
