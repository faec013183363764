package org.stasis.shim.archive.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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
import org.stasis.linux.Stat;
import org.stasis.shim.archive.tar.TarType;

@DisplayName("An archive that is unpacked")
class UnpackerTest {
  private static final UnpackRules ROOTFS = UnpackRules.rootfs(false, false);
  private static final UnpackRules LAYER = UnpackRules.rootfs(false, true);

  @TempDir private Path folder;
  private Path root;
  private Path outside;

  @BeforeEach
  void makeFolders() throws IOException {
    root = Files.createDirectory(folder.resolve("root"));
    outside = Files.createDirectory(folder.resolve("outside"));
    Files.writeString(outside.resolve("precious"), "as it was");
  }

  private void unpack(TarBuilder archive, UnpackRules rules) throws IOException {
    try (Fd directory = Fd.openDirectory(root.toString())) {
      new Unpacker(directory, rules, null).unpack(archive.reader());
    }
  }

  private void assertOutsideUntouched() throws IOException {
    assertThat(outside.resolve("precious")).hasContent("as it was");
    try (Stream<Path> names = Files.list(outside)) {
      assertThat(names).containsExactly(outside.resolve("precious"));
    }
    try (Stream<Path> names = Files.list(folder)) {
      assertThat(names).containsExactlyInAnyOrder(root, outside);
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "../outside/new",
        "a/../../outside/new",
        "/outside/new",
        "//x",
        "a/..",
        "..",
        "./../x",
        "a/b/../../../x"
      })
  void refusesNamesThatLeadOut(String name) throws IOException {
    for (UnpackRules rules : List.of(UnpackRules.PARTS, ROOTFS, LAYER, UnpackRules.layer())) {
      assertThatThrownBy(() -> unpack(new TarBuilder().file(name, "evil"), rules))
          .isInstanceOf(IOException.class);
      assertThatThrownBy(() -> unpack(new TarBuilder().link("x", TarType.HARD_LINK, name), rules))
          .isInstanceOf(IOException.class);
      assertThatThrownBy(() -> Unpacker.check(new TarBuilder().file(name, "evil").reader(), rules))
          .isInstanceOf(IOException.class);
    }
    assertOutsideUntouched();
  }

  @Test
  void refusesToWriteThroughALinkThatItMade() throws IOException {
    for (String target :
        List.of("../outside", outside.toString(), "../../" + folder.getFileName() + "/outside")) {
      TarBuilder archive =
          new TarBuilder().link("way", TarType.SYMBOLIC_LINK, target).file("way/precious", "evil");
      assertThatThrownBy(() -> unpack(archive, ROOTFS))
          .hasMessageContaining("a link or a file is in the way");
      Files.delete(root.resolve("way"));
    }
    assertOutsideUntouched();
  }

  @Test
  void replacesALinkInsteadOfWritingThroughIt() throws IOException {
    Files.createSymbolicLink(root.resolve("name"), outside.resolve("precious"));
    Files.createSymbolicLink(root.resolve("folder"), outside);

    unpack(
        new TarBuilder().file("name", "mine").directory("folder").file("folder/precious", "mine"),
        ROOTFS);

    assertThat(root.resolve("name")).hasContent("mine");
    assertThat(root.resolve("folder/precious")).hasContent("mine");
    assertThat(Files.isSymbolicLink(root.resolve("folder"))).isFalse();
    assertOutsideUntouched();
  }

  @Test
  void refusesHardLinksThroughLinks() throws IOException {
    TarBuilder archive =
        new TarBuilder()
            .link("way", TarType.SYMBOLIC_LINK, outside.toString())
            .link("mine", TarType.HARD_LINK, "way/precious");
    assertThatThrownBy(() -> unpack(archive, ROOTFS)).isInstanceOf(IOException.class);
    assertThat(root.resolve("mine")).doesNotExist();
    assertOutsideUntouched();
  }

  @Test
  void hardLinksALinkItselfAndNotItsTarget() throws IOException {
    unpack(
        new TarBuilder()
            .link("way", TarType.SYMBOLIC_LINK, outside.resolve("precious").toString())
            .link("mine", TarType.HARD_LINK, "way")
            .file("mine", "evil"),
        ROOTFS);
    assertThat(root.resolve("mine")).hasContent("evil");
    assertOutsideUntouched();
  }

  @Test
  void deletesNothingBehindALink() throws IOException {
    Files.createSymbolicLink(root.resolve("way"), outside);
    assertThatThrownBy(() -> unpack(new TarBuilder().file("way/.wh.precious", ""), LAYER))
        .hasMessageContaining("a link or a file is in the way");
    assertThatThrownBy(() -> unpack(new TarBuilder().file("way/.wh..wh..opq", ""), LAYER))
        .hasMessageContaining("a link or a file is in the way");
    try (Fd directory = Fd.openDirectory(root.toString())) {
      Unpacker unpacker = new Unpacker(directory, ROOTFS, null);
      assertThatThrownBy(() -> unpacker.remove("/way/precious"))
          .hasMessageContaining("a link or a file is in the way");
      assertThatThrownBy(() -> unpacker.remove("/../outside/precious"))
          .hasMessageContaining("leads out");
      assertThatThrownBy(() -> unpacker.remove("/")).hasMessageContaining("everything");
      unpacker.remove("/way"); // the link itself
    }
    assertThat(Files.exists(root.resolve("way"), LinkOption.NOFOLLOW_LINKS)).isFalse();
    assertOutsideUntouched();
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {".wh.", ".wh..", ".wh...", "a/.wh.."})
  void refusesToDeleteWhatIsNoName(String name) {
    assertThatThrownBy(() -> unpack(new TarBuilder().file(name, ""), LAYER))
        .isInstanceOf(IOException.class);
  }

  static Stream<Device> devices() {
    return Stream.of(
        new Device(8, 0),
        new Device(0, 0),
        new Device(1, 1),
        new Device(1, 2),
        new Device(10, 200));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("devices")
  void refusesDevicesThatDoNotBelongThere(Device device) {
    for (TarType type : List.of(TarType.BLOCK_DEVICE, TarType.CHARACTER_DEVICE)) {
      for (UnpackRules rules : List.of(UnpackRules.PARTS, ROOTFS, UnpackRules.layer())) {
        assertThatThrownBy(() -> unpack(new TarBuilder().put("dev", type, "", device), rules))
            .hasMessageContaining("a device that does not belong there");
      }
    }
    assertThat(root).isEmptyDirectory();
  }

  @Test
  void hasOnlyPlainFilesAsPartsOfACheckpoint() throws IOException {
    List<TarBuilder> archives =
        List.of(
            new TarBuilder().link("x", TarType.SYMBOLIC_LINK, "/etc/passwd"),
            new TarBuilder().link("a/x", TarType.SYMBOLIC_LINK, "../../etc/passwd"),
            new TarBuilder().file("a", "").link("x", TarType.HARD_LINK, "a"),
            new TarBuilder().put("x", TarType.FIFO, "", Device.NONE),
            new TarBuilder().put("x", TarType.CHARACTER_DEVICE, "", new Device(1, 3)));
    for (TarBuilder each : archives) {
      assertThatThrownBy(() -> unpack(each, UnpackRules.PARTS)).isInstanceOf(IOException.class);
      try (Stream<Path> names = Files.list(root)) {
        for (Path name : names.toList()) {
          org.assertj.core.util.Files.delete(name.toFile());
        }
      }
    }
    unpack(
        new TarBuilder()
            .put("checkpoint", TarType.DIRECTORY, "", Device.NONE)
            .link("checkpoint/parent", TarType.SYMBOLIC_LINK, "../pre-checkpoint")
            .put(
                "program",
                TarType.FILE,
                "",
                Device.NONE,
                Map.of("security.capability", new byte[20])),
        UnpackRules.PARTS);
    assertThat(Files.readSymbolicLink(root.resolve("checkpoint/parent")))
        .isEqualTo(Path.of("../pre-checkpoint"));
    assertThat(Files.getAttribute(root.resolve("program"), "unix:mode"))
        .isEqualTo(0100755); // without set-user-ID
  }

  @Test
  void hasNoPartTwice() {
    assertThatThrownBy(
            () -> unpack(new TarBuilder().file("a", "1").file("./a", "2"), UnpackRules.PARTS))
        .hasMessageContaining("twice");
    assertThatThrownBy(
            () -> unpack(new TarBuilder().directory("d").directory("d/"), UnpackRules.PARTS))
        .hasMessageContaining("twice");
  }

  @Test
  void mayNotSpeakToOverlayfs() throws IOException {
    for (String attribute : List.of("trusted.overlay.redirect", "user.overlay.opaque")) {
      TarBuilder archive =
          new TarBuilder()
              .put("d", TarType.DIRECTORY, "", Device.NONE, Map.of(attribute, new byte[] {'y'}));
      assertThatThrownBy(() -> unpack(archive, ROOTFS)).hasMessageContaining("overlayfs");
    }
  }

  @Test
  void cannotTurnItsDirectoryIntoSomethingElse() throws IOException {
    for (String name : List.of(".", "./", "./.")) {
      assertThatThrownBy(() -> unpack(new TarBuilder().file(name, "x"), ROOTFS))
          .isInstanceOf(IOException.class);
    }
    unpack(new TarBuilder().directory("./"), ROOTFS);
    assertThat(root).isDirectory();
  }

  @Test
  void deletesWhatALayerSays() throws IOException {
    Files.createDirectories(root.resolve("d/deep/er"));
    Files.writeString(root.resolve("d/old"), "");
    Files.writeString(root.resolve("gone"), "");

    unpack(
        new TarBuilder()
            .file(".wh.gone", "")
            .file(".wh.was-never", "")
            .directory("d")
            .file("d/new", "n")
            .file("d/.wh..wh..opq", ""),
        LAYER);

    assertThat(root.resolve("gone")).doesNotExist();
    try (Stream<Path> names = Files.list(root.resolve("d"))) {
      assertThat(names).containsExactly(root.resolve("d/new"));
    }
  }

  @Test
  void keepsHoles() throws IOException {
    unpack(new TarBuilder().file("zeros", "\0".repeat(8 << 20) + "x"), ROOTFS);
    assertThat(root.resolve("zeros")).hasSize((8 << 20) + 1);
    try (Fd directory = Fd.openDirectory(root.toString())) {
      long blocks = Stat.ofLink(directory, "zeros").blocks();
      assertThat(blocks).isLessThan(1024);
    }
  }

  @Test
  void hasOwnersAndPermissionsOfARootDirectory() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "owners are set by root only");
    unpack(
        new TarBuilder()
            .put("null", TarType.CHARACTER_DEVICE, "", new Device(1, 3))
            .put("fifo", TarType.FIFO, "", Device.NONE)
            .put("program", TarType.FILE, "", Device.NONE, Map.of("trusted.x", new byte[] {0, -1})),
        ROOTFS);
    assertThat(Files.getAttribute(root.resolve("program"), "unix:mode")).isEqualTo(0104755);
    assertThat(Files.getAttribute(root.resolve("null"), "unix:rdev")).isEqualTo(0x103L);
    assertThat(Files.getAttribute(root.resolve("fifo"), "unix:mode")).isEqualTo(0014755);
    try (Fd directory = Fd.openDirectory(root.toString())) {
      assertThat(ExtendedAttributes.get(directory, "program", "trusted.x")).containsExactly(0, -1);
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root)))
        .startsWith("rwx");
  }
}
