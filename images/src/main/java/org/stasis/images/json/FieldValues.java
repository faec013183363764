package org.stasis.images.json;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What the bytes of a message say of its known fields. It goes by bytes, not by parsed messages,
 * for these would replace what is no UTF-8 in a text, and keep what nobody asks for.
 */
final class FieldValues {
  private final UnknownFieldSet set;

  FieldValues(ByteString message) throws IOException {
    this.set = UnknownFieldSet.parseFrom(message);
  }

  static boolean isNumber(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case MESSAGE, STRING, BYTE_STRING -> false;
      default -> true;
    };
  }

  /**
   * The values of a number field, be they packed or not; of an enum only those it has. As they are
   * on the wire: a zigzag is one, a negative number has 64 bits.
   *
   * @return one at most, unless the field is repeated
   */
  List<Long> numbers(FieldDescriptor field) throws IOException {
    UnknownFieldSet.Field found = set.getField(field.getNumber());
    boolean fixed = field.getType() == FieldDescriptor.Type.FIXED64;
    List<Long> numbers = new ArrayList<>(fixed ? found.getFixed64List() : found.getVarintList());
    if (field.isRepeated()) {
      for (ByteString packed : found.getLengthDelimitedList()) {
        CodedInputStream in = packed.newCodedInput();
        while (!in.isAtEnd()) numbers.add(fixed ? in.readFixed64() : in.readRawVarint64());
      }
    }
    numbers.replaceAll(number -> fit(field, number));
    if (field.getJavaType() == FieldDescriptor.JavaType.ENUM) {
      numbers.removeIf(number -> field.getEnumType().findValueByNumber(number.intValue()) == null);
    }
    if (!field.isRepeated() && numbers.size() > 1) return List.of(numbers.getLast());
    return numbers;
  }

  /** What is left of a number in a field of its type. */
  private static long fit(FieldDescriptor field, long number) {
    return switch (field.getType()) {
      case UINT32, SINT32 -> number & 0xffffffffL;
      case INT32, ENUM -> (int) number;
      case BOOL -> number == 0 ? 0 : 1;
      default -> number;
    };
  }

  /**
   * The values of any other field. Of a message that is not repeated the pieces are one.
   *
   * @return one at most, unless the field is repeated
   */
  List<ByteString> texts(FieldDescriptor field) {
    List<ByteString> found = set.getField(field.getNumber()).getLengthDelimitedList();
    if (field.isRepeated() || found.size() < 2) return found;
    boolean message = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
    return List.of(message ? ByteString.copyFrom(found) : found.getLast());
  }

  /** The message as it would be written of these values alone. */
  static ByteString usual(Descriptor type, ByteString message) throws IOException {
    FieldValues values = new FieldValues(message);
    UnknownFieldSet.Builder fields = UnknownFieldSet.newBuilder();
    for (FieldDescriptor field : type.getFields()) {
      UnknownFieldSet.Field.Builder into = UnknownFieldSet.Field.newBuilder();
      boolean any = false;
      if (isNumber(field)) {
        for (long number : values.numbers(field)) {
          if (field.getType() == FieldDescriptor.Type.FIXED64) into.addFixed64(number);
          else into.addVarint(number);
          any = true;
        }
      } else {
        boolean inner = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
        for (ByteString text : values.texts(field)) {
          into.addLengthDelimited(inner ? usual(field.getMessageType(), text) : text);
          any = true;
        }
      }
      if (any) fields.addField(field.getNumber(), into.build());
    }
    return fields.build().toByteString();
  }
}
