package org.stasis.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stasis.images.proto.AaNamespace;
import org.stasis.images.proto.ApparmorEntry;
import org.stasis.images.proto.MmEntry;
import org.stasis.images.proto.PstreeEntry;
import org.stasis.images.proto.SeccompEntry;
import org.stasis.images.proto.SeccompFilter;
import org.stasis.images.proto.VmaEntry;

/** Files made to do harm. */
@DisplayName("A hostile image")
class HostileImageTest {
  private static final int MEBIBYTE = 1 << 20;

  @TempDir Path directory;

  private static byte[] header(ImageKind kind) {
    return ImageHeader.bytes(kind, ImageVersion.V1_1);
  }

  private static byte[] word(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) all.writeBytes(part);
    return all.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 30, 6})
  void withALengthBeyondItsEndIsRefusedWhereItIs(int length) throws IOException {
    byte[] bytes = join(header(ImageKind.PSTREE), word(length), new byte[5]);
    Path file = Files.write(directory.resolve("pstree.img"), bytes);
    try (ImageReader reader = ImageReader.open(file, ImageKind.PSTREE, null)) {
      assertThatThrownBy(() -> reader.next(PstreeEntry.parser()))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("pstree.img, offset ");
    }
    try (ImageReader reader =
        ImageReader.of(
            Channels.newChannel(new ByteArrayInputStream(bytes)), "pipe", ImageKind.PSTREE, null)) {
      assertThatThrownBy(() -> reader.next(PstreeEntry.parser()))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("pipe, offset ");
    }
  }

  @Test
  void nestedWithoutEndIsRefused() throws IOException {
    AaNamespace namespace = AaNamespace.newBuilder().setName("").build();
    ByteString inner = namespace.toByteString();
    for (int depth = 0; depth < 500; depth++) {
      ByteString.Output outer = ByteString.newOutput();
      CodedOutputStream out = CodedOutputStream.newInstance(outer);
      out.writeString(AaNamespace.NAME_FIELD_NUMBER, "");
      out.writeBytes(AaNamespace.NAMESPACES_FIELD_NUMBER, inner);
      out.flush();
      inner = outer.toByteString();
    }
    ByteArrayOutputStream entry = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(entry);
    out.writeBytes(ApparmorEntry.NAMESPACES_FIELD_NUMBER, inner);
    out.flush();
    byte[] bytes = join(header(ImageKind.APPARMOR), word(entry.size()), entry.toByteArray());
    Path file = Files.write(directory.resolve("apparmor.img"), bytes);
    try (ImageReader reader = ImageReader.open(file, ImageKind.APPARMOR, null)) {
      assertThatThrownBy(reader::next)
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("too many levels of nesting");
    }
  }

  @Test
  void thatWouldBlockIsRefused() throws Exception {
    Path fifo = directory.resolve("core-1.img");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
    assertThatThrownBy(() -> ImageReader.open(fifo, ImageKind.CORE, null))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("found no regular file");
  }

  /**
   * Each of these is a file that is small next to what its messages would take in memory, read in a
   * JVM with little of it. What comes of it must be an {@link ImageException}, never an
   * OutOfMemoryError.
   */
  @Test
  void neverExhaustsTheMemory() throws Exception {
    // Two bytes each for an object of a hundred bytes and more.
    write("vmas", ImageKind.MM, repeat(new byte[] {14 << 3 | 2, 0}, 16 * MEBIBYTE));
    write("filters", ImageKind.SECCOMP, repeat(new byte[] {1 << 3 | 2, 0}, 16 * MEBIBYTE));
    write("directories", ImageKind.CGROUP, directories(MEBIBYTE));
    write("unknown fields", ImageKind.MM, unknownFields(8 * MEBIBYTE));
    // One byte each for a number of eight.
    byte[] numbers = join(new byte[] {13 << 3 | 2}, varint(12 * MEBIBYTE), new byte[12 * MEBIBYTE]);
    write("packed numbers", ImageKind.MM, numbers);
    write("zeros", ImageKind.SECCOMP, new byte[40 * MEBIBYTE]);
    assertThat(readWithHeap("64m"))
        .hasSize(7)
        .allSatisfy(line -> assertThat(line).contains(": ImageException: "))
        .anySatisfy(line -> assertThat(line).startsWith("an endless pipe: "));
  }

  @Test
  void isNotAnHonestOneThatIsLarge() throws Exception {
    MmEntry.Builder mm = (MmEntry.Builder) example(MmEntry.getDefaultInstance()).toBuilder();
    VmaEntry vma = (VmaEntry) example(VmaEntry.getDefaultInstance());
    for (int i = 0; i < 65530; i++) mm.addVmas(vma); // vm.max_map_count
    write("mm", ImageKind.MM, mm.build().toByteArray());
    SeccompEntry.Builder seccomp = SeccompEntry.newBuilder();
    ByteString filter = ByteString.copyFrom(new byte[4096 * 8]); // BPF_MAXINSNS
    for (int i = 0; i < 500; i++) {
      seccomp.addSeccompFilters(SeccompFilter.newBuilder().setFilter(filter));
    }
    write("seccomp", ImageKind.SECCOMP, seccomp.build().toByteArray());
    assertThat(readWithHeap("256m"))
        .filteredOn(line -> !line.startsWith("an endless pipe: "))
        .hasSize(2)
        .allSatisfy(line -> assertThat(line).contains(": read "));
  }

  private static Message example(Message prototype) {
    return new ArbitraryMessage(new Random(1)).like(prototype);
  }

  private List<String> readWithHeap(String heap) throws Exception {
    Process reader = TestJvm.start(Reader.class, heap, directory.toString());
    List<String> results = new ArrayList<>();
    try (BufferedReader lines = reader.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) results.add(line);
    } finally {
      reader.destroyForcibly().waitFor();
    }
    return results;
  }

  /** Reads all files of a directory, and a pipe that never ends. */
  static final class Reader {
    private Reader() {}

    public static void main(String[] args) throws IOException {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of(args[0]))) {
        for (Path file : files) {
          attempt(
              file.getFileName().toString(),
              ImageReader.of(
                  FileChannel.open(file, StandardOpenOption.READ), file.toString(), null, null));
        }
      }
      InputStream endless =
          new SequenceInputStream(
              new ByteArrayInputStream(join(header(ImageKind.SECCOMP), word(Integer.MAX_VALUE))),
              new Endless());
      attempt("an endless pipe", ImageReader.of(Channels.newChannel(endless), "pipe", null, null));
    }

    private static void attempt(String name, ImageReader reader) {
      String result;
      try (reader) {
        Message message = reader.next();
        result = "read " + (message == null ? "nothing" : message.getSerializedSize() + " bytes");
      } catch (IOException | OutOfMemoryError e) {
        result = e.getClass().getSimpleName() + ": " + e.getMessage();
      }
      System.out.println(name + ": " + result.replace('\n', ' '));
    }
  }

  private void write(String name, ImageKind kind, byte[] entry) throws IOException {
    Files.write(directory.resolve(name), join(header(kind), word(entry.length), entry));
  }

  private static byte[] repeat(byte[] piece, int lengthBytes) {
    byte[] all = new byte[lengthBytes];
    for (int i = 0; i < lengthBytes; i++) all[i] = piece[i % piece.length];
    return all;
  }

  private static byte[] unknownFields(int lengthBytes) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(lengthBytes);
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    for (int number = 1000; bytes.size() < lengthBytes; number++) {
      out.writeUInt32(number, 0);
      if (number % 1000 == 0) out.flush();
    }
    out.flush();
    return bytes.toByteArray();
  }

  private static byte[] varint(int value) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.writeUInt32NoTag(value);
    out.flush();
    return bytes.toByteArray();
  }

  /** A controller with a directory that has empty directories in it. */
  private static byte[] directories(int count) throws IOException {
    byte[] children = repeat(new byte[] {2 << 3 | 2, 0}, count * 2);
    byte[] directory = join(new byte[] {2 << 3 | 2}, varint(children.length), children);
    return join(new byte[] {2 << 3 | 2}, varint(directory.length), directory);
  }

  private static final class Endless extends InputStream {
    @Override
    public int read() {
      return 0;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) {
      return length;
    }
  }
}
