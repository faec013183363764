package org.stasis.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.stasis.images.ArbitraryImage.Piece;
import org.stasis.images.proto.GhostChunkEntry;
import org.stasis.images.proto.GhostFileEntry;
import org.stasis.images.proto.IpcDescEntry;
import org.stasis.images.proto.IpcMsg;
import org.stasis.images.proto.IpcMsgEntry;
import org.stasis.images.proto.IpcSemEntry;
import org.stasis.images.proto.IpcShmEntry;
import org.stasis.images.proto.PipeDataEntry;
import org.stasis.images.proto.SkPacketEntry;
import org.stasis.images.proto.TcpStreamEntry;

@DisplayName("The payload of an entry")
class PayloadTest {
  private static final IpcDescEntry DESC =
      IpcDescEntry.newBuilder()
          .setKey(1)
          .setUid(0)
          .setGid(0)
          .setCuid(0)
          .setCgid(0)
          .setMode(0x180)
          .setId(3)
          .build();

  @TempDir Path directory;

  private Path file() {
    return directory.resolve("image");
  }

  static Stream<ImageKind> kindsWithPayload() {
    return Stream.of(ImageKind.values()).filter(ImageKind::hasPayload);
  }

  private ImageWriter writer(ImageKind kind) {
    return new ImageWriter(file(), kind, ImageVersion.V1_1);
  }

  private ImageReader reader(ImageKind kind) throws IOException {
    return ImageReader.open(file(), kind, ImageVersion.V1_1);
  }

  /** The bytes after the header and the length of the first message. */
  private byte[] afterFirstMessage(Message message) throws IOException {
    byte[] bytes = Files.readAllBytes(file());
    return Arrays.copyOfRange(bytes, 12 + message.getSerializedSize(), bytes.length);
  }

  @ParameterizedTest
  @MethodSource("kindsWithPayload")
  void isAskedForByTheWriter(ImageKind kind) throws IOException {
    int asked = 0;
    for (Piece piece : new ArbitraryImage(kind, 3).pieces(60)) {
      boolean bytes = Payload.of(piece.message()) instanceof Payload.Bytes;
      if (piece.records().isEmpty() && (!bytes || piece.payload().length == 0)) continue;
      if (piece.message() instanceof GhostFileEntry) continue; // as many chunks as come
      ImageWriter writer = writer(kind);
      writer.write(piece.message());
      assertThatThrownBy(writer::close)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("missing");
      asked++;
    }
    assertThat(asked > 0).isEqualTo(kind != ImageKind.GHOST_FILE);
  }

  @Test
  void isNoLongerThanItsEntrySays() throws IOException {
    try (ImageWriter writer = writer(ImageKind.PIPES_DATA)) {
      writer.write(PipeDataEntry.newBuilder().setPipeId(1).setBytes(3).build());
      assertThatThrownBy(() -> writer.writePayload(new byte[4]))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("4 bytes of payload where 3 belong");
      writer.writePayload(new byte[3]);
    }
  }

  @Test
  void ofPipesAndSocketsFollowsWithoutPadding() throws IOException {
    SkPacketEntry first = SkPacketEntry.newBuilder().setIdFor(7).setLength(3).build();
    try (ImageWriter writer = writer(ImageKind.SK_QUEUES)) {
      writer.write(first);
      writer.writePayload(new byte[] {1, 2, 3});
      writer.write(first.toBuilder().setLength(0).build());
    }
    assertThat(afterFirstMessage(first)).startsWith(1, 2, 3, first.getSerializedSize(), 0, 0, 0);
    try (ImageReader reader = reader(ImageKind.SK_QUEUES)) {
      reader.next(SkPacketEntry.parser());
      assertThat(reader.payload()).isEqualTo(new Payload.Bytes(3, 0));
      assertThat(reader.payloadBytes(3)).containsExactly(1, 2, 3);
      assertThat(reader.next(SkPacketEntry.parser()).getLength()).isZero();
      assertThat(reader.payloadBytes(0)).isEmpty();
      assertThat(reader.next(SkPacketEntry.parser())).isNull();
    }
  }

  @Test
  void ofTcpIsBothQueues() throws IOException {
    TcpStreamEntry entry =
        TcpStreamEntry.newBuilder()
            .setInqLen(2)
            .setInqSeq(1)
            .setOutqLen(3)
            .setOutqSeq(1)
            .setOptMask(0)
            .setSndWscale(0)
            .setMssClamp(1460)
            .build();
    try (ImageWriter writer = writer(ImageKind.TCP_STREAM)) {
      writer.write(entry);
      writer.writePayload(new byte[] {1, 2});
      writer.writePayload(new byte[] {3, 4, 5});
    }
    assertThat(afterFirstMessage(entry)).containsExactly(1, 2, 3, 4, 5);
  }

  @Test
  void ofSemaphoresIsPaddedToEightBytes() throws IOException {
    IpcSemEntry entry = IpcSemEntry.newBuilder().setDesc(DESC).setNsems(3).build();
    try (ImageWriter writer = writer(ImageKind.IPCNS_SEM)) {
      writer.write(entry);
      writer.writePayload(new byte[] {1, 0, 2, 0, 3, 0});
    }
    assertThat(afterFirstMessage(entry)).containsExactly(1, 0, 2, 0, 3, 0, 0, 0);
  }

  @Test
  void ofSharedMemoryIsPaddedToFourBytesAndAbsentWhenInPagemaps() throws IOException {
    IpcShmEntry entry = IpcShmEntry.newBuilder().setDesc(DESC).setSize(5).build();
    try (ImageWriter writer = writer(ImageKind.IPCNS_SHM)) {
      writer.write(entry);
      writer.writePayload(new byte[] {1, 2, 3, 4, 5});
      writer.write(entry.toBuilder().setInPagemaps(true).build());
    }
    assertThat(afterFirstMessage(entry)).startsWith(1, 2, 3, 4, 5, 0, 0, 0);
    try (ImageReader reader = reader(ImageKind.IPCNS_SHM)) {
      reader.next();
      assertThat(reader.next(IpcShmEntry.parser()).getInPagemaps()).isTrue();
      reader.requireEnd();
    }
  }

  @Test
  void ofAMessageQueueIsItsMessages() throws IOException {
    IpcMsgEntry queue = IpcMsgEntry.newBuilder().setDesc(DESC).setQbytes(16384).setQnum(2).build();
    IpcMsg message = IpcMsg.newBuilder().setMtype(9).setMsize(3).build();
    try (ImageWriter writer = writer(ImageKind.IPCNS_MSG)) {
      writer.write(queue);
      for (int i = 0; i < 2; i++) {
        writer.writeRecord(message);
        writer.writePayload(new byte[] {'a', 'b', 'c'});
      }
      assertThatThrownBy(() -> writer.writeRecord(message))
          .isInstanceOf(IllegalStateException.class);
    }
    byte[] record = {(byte) message.getSerializedSize(), 0, 0, 0};
    assertThat(afterFirstMessage(queue)).startsWith(record).endsWith('a', 'b', 'c', 0, 0, 0, 0, 0);
    try (ImageReader reader = reader(ImageKind.IPCNS_MSG)) {
      reader.next();
      assertThat(reader.nextRecord(IpcMsg.parser())).isEqualTo(message);
      assertThat(reader.nextRecord(IpcMsg.parser())).isEqualTo(message);
      assertThat(new String(reader.payloadBytes(3), java.nio.charset.StandardCharsets.US_ASCII))
          .isEqualTo("abc");
      assertThat(reader.nextRecord(IpcMsg.parser())).isNull();
      reader.requireEnd();
    }
  }

  @Test
  void ofAGhostFileIsTheRestOfTheFileOrChunks() throws IOException {
    GhostFileEntry ghost =
        GhostFileEntry.newBuilder().setUid(0).setGid(0).setMode(Payload.S_IFREG | 0x1a4).build();
    try (ImageWriter writer = writer(ImageKind.GHOST_FILE)) {
      writer.write(ghost);
      writer.writePayload(new byte[] {1, 2});
      writer.writePayload(new byte[] {3});
    }
    assertThat(afterFirstMessage(ghost)).containsExactly(1, 2, 3);

    GhostFileEntry chunked = ghost.toBuilder().setChunks(true).setSize(100).build();
    GhostChunkEntry chunk = GhostChunkEntry.newBuilder().setOff(50).setLen(2).build();
    try (ImageWriter writer = writer(ImageKind.GHOST_FILE)) {
      writer.write(chunked);
      writer.writeRecord(chunk);
      writer.writePayload(new byte[] {1, 2});
    }
    try (ImageReader reader = reader(ImageKind.GHOST_FILE)) {
      assertThat(reader.single(GhostFileEntry.parser())).isEqualTo(chunked);
      assertThat(reader.nextRecord(GhostChunkEntry.parser())).isEqualTo(chunk);
      assertThat(reader.payloadBytes(2)).containsExactly(1, 2);
      assertThat(reader.nextRecord(GhostChunkEntry.parser())).isNull();
    }
  }

  @Test
  void canBeAPieceOfAnotherFile() throws IOException {
    byte[] content = new ArbitraryMessage(new java.util.Random(5)).bytes(300_000);
    Path source = Files.write(directory.resolve("source"), content);
    PipeDataEntry entry = PipeDataEntry.newBuilder().setPipeId(1).setBytes(200_000).build();
    try (ImageWriter writer = writer(ImageKind.PIPES_DATA);
        FileChannel from = FileChannel.open(source, StandardOpenOption.READ)) {
      writer.write(entry);
      writer.writePayload(from, 1000, 150_000);
      writer.writePayload(ByteBuffer.wrap(content, 151_000, 50_000));
    }
    assertThat(afterFirstMessage(entry)).isEqualTo(Arrays.copyOfRange(content, 1000, 201_000));
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    try (ImageReader reader = reader(ImageKind.PIPES_DATA)) {
      reader.next();
      long start = reader.offsetBytes();
      assertThat(start).isEqualTo(12 + entry.getSerializedSize());
      assertThat(reader.transferPayload(Channels.newChannel(read))).isEqualTo(200_000);
      assertThat(reader.next()).isNull();
    }
    assertThat(read.toByteArray()).isEqualTo(Arrays.copyOfRange(content, 1000, 201_000));
  }

  @Test
  void pastTheEndOfAnotherFileIsRefused() throws IOException {
    Path source = Files.write(directory.resolve("source"), new byte[10]);
    ImageWriter writer = writer(ImageKind.PIPES_DATA);
    try (FileChannel from = FileChannel.open(source, StandardOpenOption.READ)) {
      writer.write(PipeDataEntry.newBuilder().setPipeId(1).setBytes(20).build());
      assertThatThrownBy(() -> writer.writePayload(from, 0, 20))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("10 bytes more");
    }
    assertThatThrownBy(writer::close)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("10 bytes of payload are missing");
  }

  @Test
  void isNotHeldBeyondWhatTheCallerAllows() throws IOException {
    try (ImageWriter writer = writer(ImageKind.PIPES_DATA)) {
      writer.write(PipeDataEntry.newBuilder().setPipeId(1).setBytes(20).build());
      writer.writePayload(new byte[20]);
    }
    try (ImageReader reader = reader(ImageKind.PIPES_DATA)) {
      reader.next();
      assertThatThrownBy(() -> reader.payloadBytes(19))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("found a payload of 20 bytes, expected at most 19");
    }
  }

  @Test
  void neverReachesBeyondItsFile() throws IOException {
    byte[] header = ImageHeader.bytes(ImageKind.IPCNS_SHM, ImageVersion.V1_1);
    for (long size : new long[] {1, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE, -1, -2}) {
      byte[] message = IpcShmEntry.newBuilder().setDesc(DESC).setSize(size).build().toByteArray();
      ByteBuffer bytes =
          ByteBuffer.allocate(12 + message.length)
              .order(ByteOrder.LITTLE_ENDIAN)
              .put(header)
              .putInt(message.length)
              .put(message);
      Files.write(file(), bytes.array());
      try (ImageReader reader = reader(ImageKind.IPCNS_SHM)) {
        assertThatThrownBy(reader::next)
            .isInstanceOf(ImageException.class)
            .hasMessageContaining("offset " + bytes.capacity())
            .hasMessageContaining("expected " + Long.toUnsignedString(size) + " bytes of payload");
      }
    }
  }
}
