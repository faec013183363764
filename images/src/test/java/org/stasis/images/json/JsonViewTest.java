package org.stasis.images.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Message;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stasis.images.ArbitraryImage;
import org.stasis.images.ImageException;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageVersion;
import org.stasis.images.ImageWriter;
import org.stasis.images.TestJvm;
import org.stasis.images.json.JsonView.Form;
import org.stasis.images.proto.FownEntry;
import org.stasis.images.proto.GhostFileEntry;
import org.stasis.images.proto.IpcDescEntry;
import org.stasis.images.proto.IpcMsg;
import org.stasis.images.proto.IpcMsgEntry;
import org.stasis.images.proto.IpcSemEntry;
import org.stasis.images.proto.PagemapEntry;
import org.stasis.images.proto.PagemapHead;
import org.stasis.images.proto.PipeDataEntry;
import org.stasis.images.proto.PstreeEntry;
import org.stasis.images.proto.RegFileEntry;
import org.stasis.images.proto.TcpStreamEntry;
import org.stasis.images.proto.VmaEntry;

@DisplayName("The JSON of an image")
class JsonViewTest {
  @TempDir Path directory;

  private String decode(Form form, ImageKind kind, Object... parts) throws IOException {
    Path file = directory.resolve("test.img");
    try (ImageWriter image = new ImageWriter(file, kind, ImageVersion.V1_1)) {
      for (Object part : parts) {
        if (part instanceof IpcMsg record) image.writeRecord(record);
        else if (part instanceof Message entry) image.write(entry);
        else image.writePayload(((String) part).getBytes(UTF_8));
      }
    }
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    JsonView.decode(file, json, form);
    return json.toString(UTF_8);
  }

  private static byte[] encode(String json) throws IOException {
    ByteArrayOutputStream image = new ByteArrayOutputStream();
    JsonView.encode(
        new ByteArrayInputStream(json.getBytes(UTF_8)), "test.json", Channels.newChannel(image));
    return image.toByteArray();
  }

  @Test
  void isOnOneLineInThePlainForm() throws IOException {
    PstreeEntry process =
        PstreeEntry.newBuilder().setPid(5).setPpid(0).setPgid(5).setSid(5).addThreads(5).build();
    assertThat(decode(Form.PLAIN, ImageKind.PSTREE, process))
        .isEqualTo(
            "{\"magic\": \"PSTREE\", \"entries\": ["
                + "{\"pid\": 5, \"ppid\": 0, \"pgid\": 5, \"sid\": 5, \"threads\": [5]}]}\n");
  }

  @Test
  void namesAddressesAndFlagsInThePrettyForm() throws IOException {
    VmaEntry vma =
        VmaEntry.newBuilder()
            .setStart(-4096)
            .setEnd(-1)
            .setPgoff(0)
            .setShmid(0)
            .setProt(3)
            .setFlags(0x40022)
            .setStatus(0x221)
            .setFd(-1)
            .build();
    assertThat(decode(Form.PRETTY, ImageKind.VMAS, vma))
        .isEqualTo(
            """
            {
                "magic": "VMAS",
                "entries": [
                    {
                        "start": "0xfffffffffffff000",
                        "end": "0xffffffffffffffff",
                        "pgoff": 0,
                        "shmid": 0,
                        "prot": "PROT_READ | PROT_WRITE",
                        "flags": "MAP_PRIVATE | MAP_ANON | 0x40000",
                        "status": "VMA_AREA_REGULAR | VMA_AREA_HEAP | VMA_ANON_PRIVATE",
                        "fd": -1
                    }
                ]
            }
            """);
  }

  @Test
  void ofAPagemapHasTheHeadFirst() throws IOException {
    assertThat(
            decode(
                Form.PLAIN,
                ImageKind.PAGEMAP,
                PagemapHead.newBuilder().setPagesId(1).build(),
                PagemapEntry.newBuilder()
                    .setVaddr(-1)
                    .setCompatNrPages(0)
                    .setFlags(4)
                    .setNrPages(2)
                    .build()))
        .isEqualTo(
            "{\"magic\": \"PAGEMAP\", \"entries\": [{\"pages_id\": 1}, {\"vaddr\":"
                + " 18446744073709551615, \"compat_nr_pages\": 0, \"flags\": 4, \"nr_pages\":"
                + " 2}]}\n");
  }

  @Test
  void hasWhatFollowsAnEntryAsItsExtra() throws IOException {
    assertThat(
            decode(
                Form.PLAIN,
                ImageKind.PIPES_DATA,
                PipeDataEntry.newBuilder().setPipeId(1).setBytes(3).build(),
                "abc",
                PipeDataEntry.newBuilder().setPipeId(2).setBytes(0).build()))
        .contains(
            "{\"pipe_id\": 1, \"bytes\": 3, \"extra\": \"YWJj\\n\"},"
                + " {\"pipe_id\": 2, \"bytes\": 0, \"extra\": \"\"}");
  }

  @Test
  void hasTheQueuesOfAConnectionApart() throws IOException {
    TcpStreamEntry tcp =
        TcpStreamEntry.newBuilder()
            .setInqLen(1)
            .setInqSeq(0)
            .setOutqLen(2)
            .setOutqSeq(0)
            .setOptMask(7)
            .setSndWscale(7)
            .setMssClamp(1460)
            .build();
    assertThat(decode(Form.PRETTY, ImageKind.TCP_STREAM, tcp, "abc"))
        .contains("\"opt_mask\": \"0x7\"")
        .contains("\"inq\": \"YQ==\\n\"")
        .contains("\"outq\": \"YmM=\\n\"");
  }

  @Test
  void hasSemaphoresAndMessagesAsLists() throws IOException {
    IpcDescEntry desc =
        IpcDescEntry.newBuilder()
            .setKey(1)
            .setUid(0)
            .setGid(0)
            .setCuid(0)
            .setCgid(0)
            .setMode(0)
            .setId(0)
            .build();
    assertThat(
            decode(
                Form.PLAIN,
                ImageKind.IPCNS_SEM,
                IpcSemEntry.newBuilder().setDesc(desc).setNsems(2).build(),
                "\u0001\0\0\u0001"))
        .contains("\"nsems\": 2, \"extra\": [1, 256]}");
    assertThat(
            decode(
                Form.PLAIN,
                ImageKind.IPCNS_MSG,
                IpcMsgEntry.newBuilder().setDesc(desc).setQbytes(9).setQnum(2).build(),
                IpcMsg.newBuilder().setMtype(1).setMsize(3).build(),
                "abc",
                IpcMsg.newBuilder().setMtype(2).setMsize(0).build()))
        .contains(
            "\"extra\": [{\"mtype\": 1, \"msize\": 3}, \"YWJj\\n\","
                + " {\"mtype\": 2, \"msize\": 0}, \"\"]}");
  }

  @Test
  void keepsFileNamesThatAreNoUtf8() throws IOException {
    byte[] name = {'/', 'a', (byte) 0xe9, (byte) 0xc3, (byte) 0xa9, (byte) 0xff};
    RegFileEntry file =
        RegFileEntry.newBuilder()
            .setId(1)
            .setFlags(0)
            .setPos(0)
            .setFown(
                FownEntry.newBuilder().setUid(0).setEuid(0).setSignum(0).setPidType(0).setPid(0))
            .setNameBytes(ByteString.copyFrom(name))
            .build();
    String json = decode(Form.PLAIN, ImageKind.REG_FILES, file);
    assertThat(json).contains("\"name\": \"/a\\udce9\\u00e9\\udcff\"");
    assertThat(encode(json)).isEqualTo(Files.readAllBytes(directory.resolve("test.img")));
  }

  @ParameterizedTest
  @CsvSource({
    "start, '\"0x10\"', 0x10",
    "start, 16, 0x10",
    "start, '\"16\"', 0x10",
    "start, 18446744073709551615, 0xffffffffffffffff",
    "prot, '\"PROT_READ|PROT_EXEC\"', 5",
    "prot, '\"PROT_READ | 0x8\"', 9",
    "prot, '\"\"', 0",
  })
  void isReadInEitherForm(String field, String value, String expected) throws IOException {
    String json =
        """
        {"magic": "VMAS", "entries": [{"start": 1, "end": 2, "pgoff": 0, "shmid": 0, "prot": 1,
          "flags": 2, "status": 1, "fd": -1, "%s": %s}]}
        """
            .formatted(field, value);
    byte[] image = encode(json);
    VmaEntry vma = VmaEntry.parseFrom(java.util.Arrays.copyOfRange(image, 12, image.length));
    long found = field.equals("start") ? vma.getStart() : vma.getProt();
    assertThat(found).isEqualTo(Long.decode(expected.replace("0xffffffffffffffff", "-1")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | an image",
        "[] | an object with \"magic\" and \"entries\"",
        "{} | expected \"entries\"",
        "{\"magic\": \"PSTREE\"} | expected \"entries\"",
        "{\"entries\": []} | \"magic\" before them",
        "{\"magic\": \"NONE\", \"entries\": []} | the name of a kind of image",
        "{\"magic\": \"PAGES\", \"entries\": []} | the name of a kind of image",
        "{\"magic\": 5, \"entries\": []} | the name of a kind of image",
        "{\"magic\": \"FS\", \"entries\": {}} | an array of entries",
        "{\"magic\": \"FS\", \"entries\": [5]} | an entry",
        "{\"magic\": \"FS\", \"entries\": []} {} | the end",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": 1}]} | missing required fields: root_id",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd\": 1}]} | a field of FsEntry",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": -1}]} | a value of FsEntry.cwd_id",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": 1.5}]} | a value of FsEntry.cwd_id",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": 4294967296}]} | is above 4294967295",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": \"x\"}]} | a value of FsEntry.cwd_id",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": [1]}]} | a value of FsEntry.cwd_id",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": 1, \"root_id\": 2}, {}]} | the one of FS",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": 1, \"root_id\": 2, \"extra\": \"YQ==\"}]}"
            + " | expected 0, as the fields of the entry say",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": 1, \"root_id\": 2, \"@wire\": \"CAE=\"}]}"
            + " | no FsEntry",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": 1, \"root_id\": 2, \"@wire\":"
            + " \"CAEQAQ==\"}]} | the same, or no \"@wire\"",
        "{\"magic\": \"FS\", \"entries\": [ | JSON",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": 1,}]} | JSON",
        "{\"magic\": \"PIPES_DATA\", \"entries\": [{\"pipe_id\": 1, \"bytes\": 2, \"extra\":"
            + " \"YQ==\"}]} | found an extra of 1, expected 2",
        "{\"magic\": \"PIPES_DATA\", \"entries\": [{\"pipe_id\": 1, \"bytes\": 2}]}"
            + " | found an extra of 0, expected 2",
        "{\"magic\": \"PIPES_DATA\", \"entries\": [{\"pipe_id\": 1, \"bytes\": 2, \"extra\":"
            + " \"?\"}]} | expected JSON",
        "{\"magic\": \"TTY_DATA\", \"entries\": [{\"tty_id\": 1, \"data\": \"?\"}]}"
            + " | a value of TtyDataEntry.data",
        "{\"magic\": \"PSTREE\", \"entries\": [{\"threads\": 1}]} | an array of threads",
        "{\"magic\": \"FDINFO\", \"entries\": [{\"type\": \"FILE\"}]}"
            + " | a value of FdinfoEntry.type",
        "{\"magic\": \"GHOST_FILE\", \"entries\": [{\"uid\": 0, \"gid\": 0, \"mode\": 33188},"
            + " {\"len\": 0, \"off\": 0}]} | takes no more records",
      })
  void thatIsNotThatOfAnImageIsRefused(String json, String message) {
    assertThatThrownBy(() -> encode(json == null ? "" : json))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith("test.json, offset ")
        .hasMessageContaining(message);
  }

  @Test
  void ofARawFileIsRefused() throws IOException {
    Path pages = Files.write(directory.resolve("pages-1.img"), new byte[4096]);
    assertThatThrownBy(() -> JsonView.decode(pages, OutputStream.nullOutputStream(), Form.PLAIN))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("pages-1.img: found bytes without entries (PAGES)");
    Path other = Files.write(directory.resolve("anything"), new byte[4096]);
    assertThatThrownBy(() -> JsonView.decode(other, OutputStream.nullOutputStream(), Form.PLAIN))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("this may be a raw file");
  }

  @Test
  void doesNotLookWholeWhenTheImageIsNot() throws IOException {
    ArbitraryImage image = new ArbitraryImage(ImageKind.PSTREE, 1);
    byte[] bytes = image.write(image.pieces(3), ImageVersion.V1_1);
    Path file =
        Files.write(directory.resolve("half"), java.util.Arrays.copyOf(bytes, bytes.length - 1));
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    assertThatThrownBy(() -> JsonView.decode(file, json, Form.PLAIN))
        .isInstanceOf(ImageException.class);
    assertThat(json.toString(UTF_8)).doesNotEndWith("]}").doesNotEndWith("]}\n");
  }

  /** The fields with a form of their own are fields there are. */
  @Test
  void knowsTheFieldsItDisplays() {
    Set<String> fields = new HashSet<>();
    for (ImageKind kind : ImageKind.values()) {
      if (!ArbitraryImage.hasEntries(kind)) continue;
      collect(kind.prototype(0).getDescriptorForType(), fields);
      collect(kind.prototype(1).getDescriptorForType(), fields);
    }
    assertThat(fields).containsAll(Display.knownFields());
  }

  private static void collect(Descriptor type, Set<String> into) {
    for (var field : type.getFields()) {
      boolean first = into.add(field.getFullName());
      if (first
          && field.getJavaType()
              == com.google.protobuf.Descriptors.FieldDescriptor.JavaType.MESSAGE) {
        collect(field.getMessageType(), into);
      }
    }
  }

  @Test
  void needsLittleMemoryHoweverMuchFollowsAnEntry() throws Exception {
    Path file = directory.resolve("ghost-file-1.img");
    GhostFileEntry ghost = GhostFileEntry.newBuilder().setUid(0).setGid(0).setMode(0x81a4).build();
    try (ImageWriter image = new ImageWriter(file, ImageKind.GHOST_FILE, ImageVersion.V1_1)) {
      image.write(ghost);
      byte[] piece = new byte[1 << 20];
      for (int i = 0; i < 100; i++) {
        java.util.Arrays.fill(piece, (byte) i);
        image.writePayload(piece);
      }
    }
    Path json = directory.resolve("ghost.json");
    Path back = directory.resolve("back.img");
    Process small =
        TestJvm.start(Small.class, "24m", file.toString(), json.toString(), back.toString());
    assertThat(small.waitFor()).isZero();
    assertThat(Files.size(json)).isGreaterThan(100L << 20);
    assertThat(Files.mismatch(file, back)).isEqualTo(-1);
  }

  /** Runs in the JVM with little memory. */
  static final class Small {
    private Small() {}

    public static void main(String[] args) throws IOException {
      Path json = Path.of(args[1]);
      try (OutputStream out = Files.newOutputStream(json)) {
        JsonView.decode(Path.of(args[0]), out, Form.PLAIN);
      }
      try (InputStream in = Files.newInputStream(json)) {
        JsonView.encode(
            in,
            args[1],
            FileChannel.open(
                Path.of(args[2]), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a", "a b ", ".", "a=b", "tab\t", "line\nline", "\u0001\u007f~", "ü€😀"})
  void quotesSocketNames(String name) {
    byte[] bytes = name.getBytes(UTF_8);
    assertThat(QuotedPrintable.decode(QuotedPrintable.encode(bytes))).isEqualTo(bytes);
    byte[] many = name.repeat(40).getBytes(UTF_8);
    assertThat(QuotedPrintable.decode(QuotedPrintable.encode(many))).isEqualTo(many);
    assertThat(QuotedPrintable.encode(many).lines()).allMatch(line -> line.length() <= 76);
  }
}
