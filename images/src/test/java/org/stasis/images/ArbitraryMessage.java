package org.stasis.images;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.Random;

/** Messages of any type with made-up fields: required ones always, others now and then. */
public final class ArbitraryMessage {
  private static final int MAX_DEPTH = 4;
  private static final long[] LONGS = {
    0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, 0xffffffffL, 127, 128
  };
  private static final int[] INTS = {0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 127, 128};
  private static final String[] TEXTS = {"", "a", "/tmp/ghost (deleted)", "\"\\\n\t\u0001", "ü€😀"};

  private final Random random;

  public ArbitraryMessage(Random random) {
    this.random = random;
  }

  @SuppressWarnings("unchecked")
  public <M extends Message> M like(M prototype) {
    return (M) message(prototype.newBuilderForType(), 0);
  }

  private Message message(Message.Builder builder, int depth) {
    for (FieldDescriptor field : builder.getDescriptorForType().getFields()) {
      if (field.isRepeated()) {
        int count = isDeep(field, depth) ? 0 : random.nextInt(4);
        for (int i = 0; i < count; i++)
          builder.addRepeatedField(field, value(builder, field, depth));
      } else if (field.isRequired() || (!isDeep(field, depth) && random.nextBoolean())) {
        builder.setField(field, value(builder, field, depth));
      }
    }
    return builder.build();
  }

  private static boolean isDeep(FieldDescriptor field, int depth) {
    return depth >= MAX_DEPTH && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
  }

  private Object value(Message.Builder builder, FieldDescriptor field, int depth) {
    return switch (field.getJavaType()) {
      case INT -> random.nextBoolean() ? INTS[random.nextInt(INTS.length)] : random.nextInt();
      case LONG -> random.nextBoolean() ? LONGS[random.nextInt(LONGS.length)] : random.nextLong();
      case BOOLEAN -> random.nextBoolean();
      case STRING -> TEXTS[random.nextInt(TEXTS.length)];
      case BYTE_STRING -> ByteString.copyFrom(bytes(random.nextInt(40)));
      case ENUM -> constant(field.getEnumType());
      case MESSAGE -> message(builder.newBuilderForField(field), depth + 1);
      case FLOAT, DOUBLE -> throw new AssertionError("the format has no such field: " + field);
    };
  }

  private Object constant(EnumDescriptor type) {
    return type.getValues().get(random.nextInt(type.getValues().size()));
  }

  public byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
