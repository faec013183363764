package org.stasis.shim.archive.tar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stasis.linux.Device;
import org.stasis.linux.Stat;

@DisplayName("The tar format")
class TarFormatTest {
  @TempDir private Path folder;

  /** An entry with its data. */
  private record Packed(TarEntry entry, byte[] data) {}

  static LongStream seeds() {
    return LongStream.range(0, 100);
  }

  private static byte[] write(List<Packed> files) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    TarWriter tar = new TarWriter(bytes);
    for (Packed each : files) {
      tar.put(each.entry());
      tar.write(each.data());
    }
    tar.finish();
    return bytes.toByteArray();
  }

  private static List<Packed> read(byte[] archive) throws IOException {
    TarReader tar = new TarReader(new ByteArrayInputStream(archive));
    List<Packed> files = new ArrayList<>();
    for (TarEntry entry; (entry = tar.next()) != null; ) {
      files.add(new Packed(entry, tar.readAllBytes()));
    }
    return files;
  }

  private static List<Packed> arbitrary(long seed) {
    ArbitraryEntries entries = new ArbitraryEntries(seed);
    List<Packed> files = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      TarEntry entry = entries.next();
      files.add(new Packed(entry, entries.data(entry)));
    }
    return files;
  }

  private static void assertSame(List<Packed> found, List<Packed> expected) {
    assertThat(found)
        .usingRecursiveFieldByFieldElementComparator()
        .containsExactlyElementsOf(expected);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void keepsEverything(long seed) throws IOException {
    List<Packed> files = arbitrary(seed);
    assertSame(read(write(files)), files);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void knowsSizesBefore(long seed) throws IOException {
    List<Packed> files = arbitrary(seed);
    long bytes = TarWriter.endBytes();
    for (Packed each : files) {
      bytes += TarWriter.bytesOf(each.entry());
    }
    assertThat(write(files)).hasSize((int) bytes);
  }

  @Test
  void isRefusedWhereverItIsCutOff() throws IOException {
    byte[] archive = write(arbitrary(7));
    for (int length = 0; length < archive.length; length++) {
      byte[] rest = Arrays.copyOf(archive, length);
      assertThatThrownBy(() -> read(rest)).as("%d bytes", length).isInstanceOf(IOException.class);
    }
  }

  @Test
  void noticesEveryChangedBitOfAHeader() throws IOException {
    List<Packed> files =
        List.of(new Packed(TarEntry.file("name", 0644, 3, new Stat.Time(5, 0)), new byte[3]));
    byte[] archive = write(files);
    for (int bit = 0; bit < 8 * TarHeader.BLOCK; bit++) {
      byte[] changed = archive.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      List<Packed> found;
      try {
        found = read(changed);
      } catch (TarFormatException e) {
        continue;
      }
      assertSame(found, files); // a space around a number
    }
  }

  @Test
  void refusesHugeExtendedHeaders() throws IOException {
    Map<String, byte[]> large = Map.of("user.x", new byte[3 << 20]);
    TarEntry entry =
        new TarEntry(
            "n", TarType.FILE, 0, 0, 0, new Stat.Time(0, 0), "", Device.NONE, large, 0, null);
    byte[] archive = write(List.of(new Packed(entry, new byte[0])));
    assertThatThrownBy(() -> read(archive)).hasMessageContaining("an extended header of 31");
  }

  @Test
  void refusesNamesWithZeros() throws IOException {
    byte[] archive = write(List.of(new Packed(file("n".repeat(300)), new byte[0])));
    archive[TarHeader.BLOCK + 100] = 0; // within the record of the path
    assertThatThrownBy(() -> read(archive)).hasMessageContaining("a name with a zero byte");
  }

  private static TarEntry file(String name) {
    return TarEntry.file(name, 0644, 0, new Stat.Time(0, 0));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"gnu", "posix", "ustar", "v7", "oldgnu"})
  void isReadAsGnuTarWritesIt(String format) throws Exception {
    Path tree = Files.createDirectories(folder.resolve("tree/sub"));
    Files.writeString(tree.resolve("file"), "content");
    Files.createSymbolicLink(tree.resolve("link"), Path.of("file"));
    Files.createLink(tree.resolve("other"), tree.resolve("file"));
    boolean small = format.equals("v7") || format.equals("ustar");
    String longName = small ? "short" : "n".repeat(200);
    Files.writeString(tree.resolve(longName), "long");
    Path archive = folder.resolve("archive");
    run("tar", "--format=" + format, "-cf", archive.toString(), "-C", folder.toString(), "tree");

    List<Packed> found = read(Files.readAllBytes(archive));

    assertThat(found)
        .extracting(each -> each.entry().name() + " " + each.entry().type())
        .contains("tree/sub/ DIRECTORY", "tree/sub/link SYMBOLIC_LINK")
        .contains("tree/sub/" + longName + " FILE")
        .hasSize(6);
    assertThat(found)
        .filteredOn(each -> each.entry().name().endsWith(longName))
        .allSatisfy(
            each -> assertThat(new String(each.data(), StandardCharsets.UTF_8)).isEqualTo("long"));
    assertThat(found)
        .filteredOn(each -> each.entry().type() == TarType.HARD_LINK)
        .singleElement()
        .satisfies(each -> assertThat(each.entry().target()).startsWith("tree/sub/"));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"--format=gnu", "--format=posix", "--sparse-version=0.1"})
  void readsHolesOfGnuTar(String option) throws Exception {
    Path file = folder.resolve("holes");
    run("truncate", "-s", "4M", file.toString());
    run(
        "sh",
        "-c",
        "for i in 1 2 3 4 5 6 7 8 9; do printf x | dd of="
            + file
            + " bs=1 seek=$((i * 400000)) conv=notrunc 2>/dev/null; done");
    Path archive = folder.resolve("archive");
    run(
        "tar",
        "-S",
        "--hole-detection=raw",
        option.startsWith("--f") ? option : "--format=posix",
        option,
        "-cf",
        archive.toString(),
        "-C",
        folder.toString(),
        "holes");

    Packed found = read(Files.readAllBytes(archive)).getFirst();

    assertThat(found.entry().name()).isEqualTo("holes");
    assertThat(found.entry().size()).isEqualTo(4 << 20);
    SparseMap map = found.entry().sparse();
    assertThat(map).isNotNull();
    assertThat(expand(found)).isEqualTo(Files.readAllBytes(file));
  }

  private static byte[] expand(Packed file) {
    byte[] whole = new byte[(int) file.entry().size()];
    int at = 0;
    for (SparseMap.Stretch each : file.entry().sparse().stretches()) {
      System.arraycopy(file.data(), at, whole, (int) each.offset(), (int) each.length());
      at += (int) each.length();
    }
    return whole;
  }

  @Test
  void isReadByGnuTar() throws Exception {
    SparseMap map =
        new SparseMap(List.of(new SparseMap.Stretch(8192, 4), new SparseMap.Stretch(1 << 20, 0)));
    TarEntry holes =
        new TarEntry(
            "holes",
            TarType.FILE,
            0600,
            0,
            0,
            new Stat.Time(1, 500_000_000),
            "",
            Device.NONE,
            Map.of(),
            1 << 20,
            map);
    String longName = "d/" + "ä".repeat(100);
    byte[] archive =
        write(
            List.of(
                new Packed(TarEntry.directory("d", 0755, new Stat.Time(9, 0)), new byte[0]),
                new Packed(
                    TarEntry.file(longName, 0640, 3, new Stat.Time(9, 0)), new byte[] {1, 2, 3}),
                new Packed(holes, new byte[] {'d', 'a', 't', 'a'})));
    Path file = Files.write(folder.resolve("archive"), archive);
    run("tar", "--no-same-owner", "-xf", file.toString(), "-C", folder.toString());

    assertThat(folder.resolve(longName)).hasBinaryContent(new byte[] {1, 2, 3});
    byte[] content = Files.readAllBytes(folder.resolve("holes"));
    assertThat(content).hasSize(1 << 20);
    assertThat(Arrays.copyOfRange(content, 8192, 8196)).asString().isEqualTo("data");
    assertThat(Files.getLastModifiedTime(folder.resolve("holes")).toMillis()).isEqualTo(1500);
  }

  private static void run(String... command) throws Exception {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/tar")) || Files.isExecutable(Path.of("/bin/tar")),
        "tar is not installed");
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }
}
