package org.stasis.images;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.images.proto.CoreEntry;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FdinfoEntry;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.GhostFileEntry;
import org.stasis.images.proto.PipeDataEntry;
import org.stasis.images.proto.PstreeEntry;
import org.stasis.images.proto.SkPacketEntry;
import org.stasis.images.proto.StatsEntry;

/** The set is one of criu-4.1.1/README.md, and so are the numbers in these tests. */
@DisplayName("A set that CRIU wrote")
class PeerSetTest {
  private static final int PID = 5750;
  private static final int PAGE = 4096;

  @TempDir Path directory;

  /** The directory of files that a peer wrote. */
  public static Path resources(String name) {
    try {
      return Path.of(PeerSetTest.class.getResource("/" + name + "/README.md").toURI()).getParent();
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void copy() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(resources("criu-4.1.1"))) {
      for (Path file : files) Files.copy(file, directory.resolve(file.getFileName().toString()));
    }
    Pagemap map = Pagemap.read(images(), ImageKind.PAGEMAP, PID, PAGE);
    assertThat(map).isNotNull();
    Files.write(directory.resolve("pages-1.img"), new byte[(int) map.presentBytes()]);
  }

  private ImageDirectory images() {
    return new ImageDirectory(directory);
  }

  @Test
  void isReadAsItIs() throws IOException {
    ImageSet set = ImageSet.open(directory);
    assertThat(set.version()).isEqualTo(ImageVersion.V1_1);
    assertThat(set.all(ImageKind.PSTREE, PstreeEntry.parser()))
        .singleElement()
        .extracting(PstreeEntry::getPid)
        .isEqualTo(PID);
    CoreEntry core = set.read(ImageKind.CORE, PID, CoreEntry.parser());
    assertThat(core.getTc().getComm()).isEqualTo("python3");
    assertThat(core.getTc().getSigactionsCount()).isEqualTo(62);
    assertThat(core.getTc().getBlkSigset()).isEqualTo(1L << 9);
    assertThat(set.all(ImageKind.FDINFO, 2, FdinfoEntry.parser()))
        .extracting(FdinfoEntry::getType)
        .contains(FdTypes.REG, FdTypes.UNIXSK, FdTypes.PIPE, FdTypes.EVENTPOLL);
    assertThat(set.all(ImageKind.FILES, FileEntry.parser()))
        .filteredOn(FileEntry::hasUsk)
        .extracting(file -> file.getUsk().getName().toString(StandardCharsets.ISO_8859_1))
        .contains("\0specimen \u00c3\u00bc");
  }

  @Test
  void hasItsPayloads() throws IOException {
    ImageSet set = ImageSet.open(directory);
    try (ImageReader pipes = set.open(ImageKind.PIPES_DATA)) {
      assertThat(pipes).isNotNull();
      assertThat(pipes.next(PipeDataEntry.parser())).isNotNull();
      assertThat(pipes.payloadBytes(100)).asString().isEqualTo("queued");
      pipes.requireEnd();
    }
    try (ImageReader queues = set.open(ImageKind.SK_QUEUES)) {
      assertThat(queues).isNotNull();
      assertThat(queues.next(SkPacketEntry.parser())).isNotNull();
      assertThat(queues.payloadBytes(100)).asString().isEqualTo("hello");
      queues.requireEnd();
    }
    try (ImageReader ghost = set.open(ImageKind.GHOST_FILE, 1)) {
      assertThat(ghost).isNotNull();
      assertThat(ghost.single(GhostFileEntry.parser()).hasMtim()).isTrue();
      assertThat(ghost.payloadBytes(100)).asString().isEqualTo("content");
      ghost.requireEnd();
    }
  }

  @Test
  void hasItsFiguresInTheWorkDirectory() throws IOException {
    Path file = directory.resolve(ImageKind.STATS.fileName("dump"));
    try (ImageReader stats = ImageReader.open(file, ImageKind.STATS, ImageVersion.V1_1)) {
      Pagemap map = Pagemap.read(images(), ImageKind.PAGEMAP, PID, PAGE);
      assertThat(map).isNotNull();
      assertThat(stats.single(StatsEntry.parser()).getDump().getPagesWritten())
          .isEqualTo(map.presentBytes() / PAGE);
    }
  }

  @Test
  void isWhole() throws IOException {
    assertThat(ImageSetCheck.of(ImageSet.open(directory), PAGE)).isEmpty();
  }

  /** The other way round: without any one file of a task, or with one cut short, it is not. */
  @Test
  void isNotWholeWithoutAnyOfItsFiles() throws IOException {
    for (String name :
        new String[] {
          "core-5750.img",
          "ids-5750.img",
          "mm-5750.img",
          "fs-5750.img",
          "pagemap-5750.img",
          "pages-1.img",
          "pstree.img"
        }) {
      Path file = directory.resolve(name);
      byte[] bytes = Files.readAllBytes(file);
      Files.delete(file);
      assertThat(problems()).isNotEmpty().allSatisfy(p -> assertThat(p).contains(name));
      Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length - 1));
      assertThat(problems()).isNotEmpty().allSatisfy(p -> assertThat(p).contains(name));
      Files.write(file, bytes);
    }
  }

  @Test
  void isNotWholeWhenItRefersToFilesItLacks() throws IOException {
    ImageSet set = ImageSet.open(directory);
    FileEntry first = set.all(ImageKind.FILES, FileEntry.parser()).getFirst();
    try (ImageWriter files =
        new ImageWriter(directory.resolve("files.img"), ImageKind.FILES, ImageVersion.V1_1)) {
      files.write(first.toBuilder().setId(1000).build());
    }
    assertThat(problems())
        .anySatisfy(p -> assertThat(p).contains("mm-5750.img: found exe_file_id 1"))
        .anySatisfy(p -> assertThat(p).contains("fs-5750.img: found cwd_id"))
        .anySatisfy(p -> assertThat(p).contains("fdinfo-2.img: found fd 0 of REG"));
  }

  private java.util.List<String> problems() {
    try {
      return ImageSetCheck.of(ImageSet.open(directory), PAGE).stream()
          .map(Exception::getMessage)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
