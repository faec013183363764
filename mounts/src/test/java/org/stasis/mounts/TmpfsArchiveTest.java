package org.stasis.mounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.engine.ns.UserIds;
import org.stasis.linux.ExtendedAttributes;
import org.stasis.linux.Fd;

@DisplayName("The content of a tmpfs, packed and unpacked")
class TmpfsArchiveTest {
  @TempDir Path directory;
  private Path from;
  private Path to;

  @BeforeEach
  void makeFileSystems() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to mount");
    from = Files.createDirectory(directory.resolve("from"));
    to = Files.createDirectory(directory.resolve("to"));
    run("mount -t tmpfs from " + from + " && mount -t tmpfs to " + to);
  }

  @AfterEach
  void unmount() throws Exception {
    run("umount -l " + from + "; umount -l " + to + "; true");
  }

  private static String run(String script) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("sh", "-e", "-c", script).redirectErrorStream(true).start();
    String said =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  private byte[] pack() throws IOException {
    ByteArrayOutputStream archive = new ByteArrayOutputStream();
    try (Fd root = Fd.openDirectory(from.toString())) {
      TmpfsPacker.pack(root, archive, UserIds.SAME);
    }
    return archive.toByteArray();
  }

  private void unpack(byte[] archive) throws IOException {
    try (Fd root = Fd.openDirectory(to.toString())) {
      TmpfsUnpacker.unpack(new ByteArrayInputStream(archive), root, UserIds.SAME);
    }
  }

  /** Everything about all files below a directory that can be told by name. */
  private static String describe(Path root) throws Exception {
    return run(
        "cd "
            + root
            + " && find . | LC_ALL=C sort | while read -r f; do"
            + " stat -c '%n %f %u:%g %t,%T %h %s %b %Y %y' \"$f\";"
            + " if [ -L \"$f\" ]; then readlink \"$f\"; elif [ -f \"$f\" ]; then md5sum <\"$f\"; fi;"
            + " done");
  }

  private void setUp() throws Exception {
    run(
        "cd "
            + from
            + """
             && chmod 1777 . && mkdir -p d/e/f && chmod 2750 d && chown 12:34 d/e
            echo hello >d/file && chmod 4711 d/file && chown 5:6 d/file && chmod 4711 d/file
            ln d/file d/e/hard && ln -s ../nowhere d/link && chown -h 7:8 d/link
            mkfifo d/fifo && mknod -m 622 null c 1 3 && mknod -m 640 block b 7 200
            printf 'ä \\n' >"d/n ä" && touch -d '2001-02-03 04:05:06.789' d/old
            : >d/empty && head -c 300000 /dev/urandom >d/random
            printf start >d/holes && truncate -s 10M d/holes
            printf end | dd of=d/holes bs=1 seek=5000000 conv=notrunc 2>/dev/null
            truncate -s 64M d/hole
            l=$(printf 'x%.0s' $(seq 200)); mkdir d/$l && echo deep >d/$l/$l
            touch -d '2010-01-01' d/e d
            """);
  }

  @Test
  void isTheSame() throws Exception {
    setUp();
    unpack(pack());
    assertThat(describe(to)).isEqualTo(describe(from));
  }

  @Test
  void isWhatTarUnderstands() throws Exception {
    setUp();
    Path file = Files.write(directory.resolve("archive.tar.gz"), pack());
    run("tar --extract --gzip --numeric-owner -p -C " + to + " -f " + file + " .");
    assertThat(describe(to)).isEqualTo(describe(from));
  }

  @Test
  void mayHaveBeenPackedByTar() throws Exception {
    setUp();
    Path file = directory.resolve("archive.tar.gz");
    run(
        "touch -d '2001-02-03' "
            + from
            + "/d/* "
            + from
            + "/* "
            + from
            + "; tar --create --gzip --numeric-owner --sparse --format=gnu -C "
            + from
            + " -f "
            + file
            + " .");
    run("find " + from + " -exec touch -h -d '2001-02-03' {} +");
    unpack(Files.readAllBytes(file));
    run("find " + to + " -exec touch -h -d '2001-02-03' {} +"); // that form has no nanoseconds
    assertThat(describe(to)).isEqualTo(describe(from));
  }

  @Test
  void keepsAttributesWhateverTheirBytes() throws Exception {
    Files.writeString(from.resolve("file"), "x");
    byte[] value = {0, 1, -1, '\n', '=', 0x7f};
    try (Fd root = Fd.openDirectory(from.toString())) {
      ExtendedAttributes.set(root, "file", "trusted.test", value);
      ExtendedAttributes.set(root, ".", "trusted.root", new byte[] {7});
    }
    unpack(pack());
    try (Fd root = Fd.openDirectory(to.toString())) {
      assertThat(ExtendedAttributes.get(root, "file", "trusted.test")).isEqualTo(value);
      assertThat(ExtendedAttributes.get(root, ".", "trusted.root")).containsExactly(7);
    }
  }

  @Test
  void leavesSocketsOut() throws Exception {
    try (var server =
        java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
      server.bind(java.net.UnixDomainSocketAddress.of(from.resolve("socket")));
      Files.createFile(from.resolve("file"));
      unpack(pack());
    }
    assertThat(to.resolve("file")).exists();
    assertThat(to.resolve("socket")).doesNotExist();
  }

  private static byte[] archive(TarArchiveEntry... entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar =
        new TarArchiveOutputStream(new GZIPOutputStream(bytes), "ISO-8859-1")) {
      for (TarArchiveEntry entry : entries) {
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static TarArchiveEntry link(String name, String target) {
    TarArchiveEntry link = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
    link.setLinkName(target);
    return link;
  }

  @Test
  void staysWithinTheFileSystem() throws Exception {
    Path victim = Files.createDirectory(directory.resolve("victim"));
    assertThatThrownBy(() -> unpack(archive(new TarArchiveEntry("./../victim/file"))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("leads out");
    assertThatThrownBy(
            () -> unpack(archive(link("out", victim.toString()), new TarArchiveEntry("out/file"))))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(
            () -> unpack(archive(link("up", ".."), new TarArchiveEntry("up/victim/file"))))
        .isInstanceOf(IOException.class);
    assertThat(victim).isEmptyDirectory();
  }

  @Test
  void isRefusedWhereverItEnds() throws Exception {
    Files.write(from.resolve("file"), new byte[3000]);
    byte[] archive = pack();
    for (int length : List.of(0, 5, 11, archive.length / 2, archive.length - 9)) {
      assertThatThrownBy(() -> unpack(Arrays.copyOf(archive, length)))
          .as("cut after %s of %s bytes", length, archive.length)
          .isInstanceOf(IOException.class);
      run("rm -rf " + to + "/*");
    }
  }
}
