package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

@DisplayName("An archive of podman's, packed again by stasis")
@Tag("container")
class RepackedArchiveTest {
  @RegisterExtension final Podman podman = new Podman();
  private Path folder;

  @BeforeEach
  void makeFolder() {
    folder = podman.directory();
  }

  private Container count(String... options) {
    List<String> words = new ArrayList<>(List.of("--network", "none"));
    words.addAll(List.of(options));
    words.addAll(List.of(podman.image("busybox"), "sh", "-c", Counting.SHELL));
    Container container = podman.start(words.toArray(String[]::new));
    container.awaitNumber(5);
    return container;
  }

  /** Unpacks an archive of podman's. */
  private Path unpack(Path archive) {
    Path parts = folder.resolve("parts");
    assertThat(podman.stasis("archive", "unpack", archive.toString(), parts.toString()).output())
        .startsWith("a container of podman, ");
    return parts;
  }

  private Path pack(Path parts, String... options) {
    Path archive = folder.resolve("again");
    packTo(archive.toString(), parts, options);
    return archive;
  }

  private void packTo(String address, Path parts, String... options) {
    List<String> words = new ArrayList<>(List.of("archive", "create"));
    words.addAll(List.of("--from", parts.toString()));
    words.addAll(List.of(options));
    words.add(address);
    podman.stasis(words.toArray(String[]::new));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"none", "gzip", "zstd"})
  void isImportedWithAllThatPodmanPutIntoIt(String compression) {
    String volume = podman.volume();
    Container container = count("--volume", volume + ":/data");
    container.exec(
        "sh", "-c", "echo kept >/data/file; mkdir /new; echo new >/new/file; rm /bin/vi");
    Path archive = container.export("--compress", compression);
    podman.run("volume", "rm", volume);

    Container restored = podman.restore(pack(unpack(archive), "--compress", compression));

    Counting.assertUnbroken(restored.awaitNumber(restored.lastNumber() + 5));
    assertThat(restored.exec("cat", "/data/file", "/new/file")).isEqualTo("kept\nnew");
    assertThat(restored.exec("sh", "-c", "test -e /bin/vi || echo gone")).isEqualTo("gone");
  }

  @Test
  void hasTheChangesThatTheMountedRootDirectoryTells() throws IOException {
    Container container = count();
    container.exec(
        "sh",
        "-c",
        "echo changed >/etc/passwd; mkdir -p /new/deep; echo new >/new/file; "
            + "ln /new/file /new/deep/other; ln -s file /new/link; mkfifo -m 604 /new/fifo; "
            + "rm /bin/vi; chown 3000000:7 /new/file; chmod 1770 /tmp");
    Path exported = podman.directory().resolve("exported");
    container.checkpoint("--leave-running", "--export", exported.toString());
    Path parts = unpack(exported);
    Files.delete(parts.resolve("rootfs-diff.tar"));
    Files.delete(parts.resolve("deleted.files"));
    Path archive = pack(parts, "--bundle", container.inspect(".StaticDir"));
    podman.run("rm", "--force", "--time", "0", container.name());

    Container restored = podman.restore(archive);

    restored.awaitNumber(restored.lastNumber() + 5); // its log is a little younger than it
    assertThat(restored.exec("cat", "/etc/passwd", "/new/link")).isEqualTo("changed\nnew");
    assertThat(
            restored.exec(
                "stat", "-c", "%a %u:%g %F", "/new/deep/other", "/new/fifo", "/tmp", "/new"))
        .isEqualTo(
            "644 3000000:7 regular file\n604 0:0 fifo\n1770 0:0 directory\n755 0:0 directory");
    assertThat(restored.exec("stat", "-c", "%h", "/new/deep/other")).isEqualTo("2");
    assertThat(restored.exec("sh", "-c", "test -e /bin/vi || echo gone")).isEqualTo("gone");
  }

  @Test
  void isAnImageThatSkopeoCopiesAndPodmanRestores() {
    Container container = count();
    Path parts = unpack(container.export());
    Path layout = folder.resolve("layout");
    packTo("oci:" + layout, parts);

    String inspected = skopeo("inspect", "--raw", "oci:" + layout);
    Path copy = folder.resolve("copy.tar");
    skopeo("copy", "oci:" + layout, "oci-archive:" + copy);
    Path unpacked = folder.resolve("unpacked");
    podman.stasis("archive", "unpack", "oci-archive:" + copy, unpacked.toString());
    String image = podman.madeImage("localhost/" + podman.freshName() + ":1");
    Path file = folder.resolve("image.tar");
    packTo("oci-archive:" + file + ":" + image, unpacked);
    podman.run("pull", "oci-archive:" + file);
    podman.run("container", "restore", image);

    assertThat(inspected)
        .contains("\"io.podman.annotations.checkpoint.name\":\"" + container.name() + "\"");
    assertThat(unpacked.resolve("config.dump"))
        .hasSameBinaryContentAs(parts.resolve("config.dump"));
    assertThat(container.awaitNumber(15))
        .first()
        .asInstanceOf(InstanceOfAssertFactories.LONG)
        .isGreaterThan(5); // its log begins anew
  }

  private static String skopeo(String... arguments) {
    List<String> words = new ArrayList<>(List.of("skopeo"));
    words.addAll(List.of(arguments));
    return Command.of(words, Map.of()).run().orFail().output();
  }

  @Test
  void isReadByCheckpointctlInEachLayout() throws IOException {
    Path parts =
        unpack(
            podman.start("--network", "none", podman.image("busybox"), "sleep", "1000").export());
    String checkpointctl = podman.peers().place("checkpointctl.peer");
    for (String layout : List.of("podman", "cri-o", "containerd")) {
      Path bundle = podman.directory();
      Files.writeString(bundle.resolve("config.json"), annotated(parts, layout));
      Path archive = folder.resolve(layout);
      podman.stasis(
          "archive",
          "create",
          "--images",
          parts.resolve("checkpoint").toString(),
          "--bundle",
          bundle.toString(),
          "--ignore-rootfs",
          "--work",
          parts.toString(),
          "--id",
          "0123456789abcdef",
          "--name",
          "counter",
          "--image",
          "localhost/counter:1",
          "--runtime",
          "runc",
          archive.toString());

      String shown = Command.of(checkpointctl, "show", archive.toString()).run().orFail().output();
      String all =
          Command.of(checkpointctl, "inspect", "--all", archive.toString()).run().orFail().output();

      String engine =
          switch (layout) {
            case "podman" -> "Podman";
            case "cri-o" -> "CRI-O";
            default -> "containerd";
          };
      assertThat(shown).contains("counter", "localhost/counter:1", "0123456789ab", "runc", engine);
      assertThat(all).contains("[1]  sleep 1000", "Pages written");
    }
  }

  private static String annotated(Path parts, String layout) throws IOException {
    JsonMapper json = new JsonMapper();
    ObjectNode spec = (ObjectNode) json.readTree(Files.readString(parts.resolve("spec.dump")));
    ObjectNode annotations = spec.putObject("annotations");
    switch (layout) {
      case "podman" -> annotations.put("io.container.manager", "libpod");
      case "cri-o" ->
          annotations
              .put("io.container.manager", "cri-o")
              .put("io.kubernetes.cri-o.Metadata", "{\"name\":\"counter\"}")
              .put("io.kubernetes.cri-o.Created", "2026-11-23T10:00:00Z")
              .put("io.kubernetes.cri-o.IP.0", "10.0.0.1")
              .put("io.kubernetes.pod.name", "pod")
              .put("io.kubernetes.pod.namespace", "default");
      default ->
          annotations
              .put("io.kubernetes.cri.container-type", "container")
              .put("io.kubernetes.cri.container-name", "counter")
              .put("io.kubernetes.cri.sandbox-name", "pod")
              .put("io.kubernetes.cri.sandbox-namespace", "default");
    }
    return json.writeValueAsString(spec);
  }
}
