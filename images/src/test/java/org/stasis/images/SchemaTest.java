package org.stasis.images;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.stasis.images.proto.CriuReq;
import org.stasis.images.proto.CriuResp;
import org.stasis.images.proto.GhostChunkEntry;
import org.stasis.images.proto.ImgStreamerReplyEntry;
import org.stasis.images.proto.ImgStreamerRequestEntry;
import org.stasis.images.proto.IpcMsg;
import org.stasis.images.proto.PagemapEntry;

@DisplayName("A message")
class SchemaTest {
  /** From this number on fields are ours; those below are CRIU's to give. */
  private static final int OURS = 1001;

  /** An example of every type that is an entry, a record, a request or inside one of these. */
  static Stream<Message> messages() {
    Map<String, Message> found = new LinkedHashMap<>();
    for (ImageKind kind : ImageKind.values()) {
      if (ArbitraryImage.hasEntries(kind)) collect(kind.prototype(0), found);
    }
    for (Message other :
        new Message[] {
          PagemapEntry.getDefaultInstance(),
          IpcMsg.getDefaultInstance(),
          GhostChunkEntry.getDefaultInstance(),
          CriuReq.getDefaultInstance(),
          CriuResp.getDefaultInstance(),
          ImgStreamerRequestEntry.getDefaultInstance(),
          ImgStreamerReplyEntry.getDefaultInstance()
        }) {
      collect(other, found);
    }
    assertThat(found).hasSizeGreaterThan(150);
    return found.values().stream();
  }

  private static void collect(Message message, Map<String, Message> into) {
    Descriptor type = message.getDescriptorForType();
    if (into.putIfAbsent(type.getName(), message) != null) return;
    Message.Builder builder = message.newBuilderForType();
    for (FieldDescriptor field : type.getFields()) {
      if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) continue;
      collect(builder.newBuilderForField(field).buildPartial(), into);
    }
  }

  @ParameterizedTest
  @MethodSource("messages")
  void comesBackAsItWas(Message prototype) throws Exception {
    for (long seed = 1; seed <= 100; seed++) {
      Message message = new ArbitraryMessage(new Random(seed)).like(prototype);
      byte[] bytes = message.toByteArray();
      assertThat(bytes).hasSize(message.getSerializedSize());
      assertThat(prototype.getParserForType().parseFrom(bytes))
          .as("seed %s", seed)
          .isEqualTo(message);
      // In the order of the numbers, for that is how CRIU writes it.
      assertThat(UnknownFieldSet.parseFrom(bytes).toByteArray()).isEqualTo(bytes);
    }
  }

  /** What CRIU writes must do without our fields, and what we write must not be packed. */
  @ParameterizedTest
  @MethodSource("messages")
  void isReadableByBothSides(Message prototype) {
    for (FieldDescriptor field : prototype.getDescriptorForType().getFields()) {
      assertThat(field.isPacked()).as(field.getFullName()).isFalse();
      if (field.getNumber() >= OURS)
        assertThat(field.isRequired()).as(field.getFullName()).isFalse();
      if (field.getJavaType() != FieldDescriptor.JavaType.ENUM) continue;
      EnumDescriptor type = field.getEnumType();
      assertThat(type.isClosed()).as("closed: an unknown value is an unknown field").isTrue();
    }
  }
}
