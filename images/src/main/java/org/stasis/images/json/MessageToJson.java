package org.stasis.images.json;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import java.io.IOException;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** Messages as JSON objects. */
final class MessageToJson {
  private final JsonGenerator json;
  private final boolean pretty;

  MessageToJson(JsonGenerator json, boolean pretty) {
    this.json = json;
    this.pretty = pretty;
  }

  /** The fields of a message, into an object that is open. */
  void fields(Descriptor type, ByteString bytes) throws IOException {
    fields(type, bytes, false);
  }

  private void object(Descriptor type, ByteString bytes, boolean hex) throws IOException {
    json.writeStartObject();
    fields(type, bytes, hex);
    json.writeEndObject();
  }

  private void fields(Descriptor type, ByteString bytes, boolean hex) throws IOException {
    FieldValues values = new FieldValues(bytes);
    for (FieldDescriptor field : type.getFields()) {
      if (FieldValues.isNumber(field)) {
        scalars(field, values.numbers(field), hex);
      } else {
        texts(field, values.texts(field), hex);
      }
    }
  }

  private void scalars(FieldDescriptor field, List<Long> values, boolean hex) {
    if (values.isEmpty()) return;
    Display display = pretty ? Display.of(field) : Display.PLAIN;
    if (display == Display.PLAIN && hex) display = Display.HEX;
    json.writeName(field.getName());
    if (!field.isRepeated()) {
      scalar(field, values.getFirst(), display);
      return;
    }
    json.writeStartArray();
    String address = display == Display.IP ? address(values) : null;
    if (address != null) {
      json.writeString(address);
    } else {
      for (long value : values) scalar(field, value, display);
    }
    json.writeEndArray();
  }

  private static @Nullable String address(List<Long> values) {
    int[] words = new int[values.size()];
    for (int i = 0; i < words.length; i++) words[i] = values.get(i).intValue();
    return IpAddress.text(words);
  }

  private void scalar(FieldDescriptor field, long raw, Display display) {
    long value =
        switch (field.getType()) {
          case SINT32 -> CodedInputStream.decodeZigZag32((int) raw);
          case SINT64 -> CodedInputStream.decodeZigZag64(raw);
          default -> raw;
        };
    switch (field.getType()) {
      case BOOL -> json.writeBoolean(raw != 0);
      case ENUM -> json.writeString(field.getEnumType().findValueByNumber((int) raw).getName());
      case UINT64, FIXED64 -> number(value, true, display);
      default -> number(value, false, display);
    }
  }

  private void number(long value, boolean isUnsigned, Display display) {
    switch (display) {
      case HEX -> json.writeString("0x" + Long.toHexString(value));
      case DEV -> json.writeString(Numbers.dev((int) value));
      case ODEV -> json.writeString(Numbers.odev((int) value));
      default -> {
        Names names = Names.of(display);
        String text = names == null ? null : names.text((int) value);
        if (text != null) {
          json.writeString(text);
        } else if (isUnsigned && value < 0) {
          json.writeNumber(new BigInteger(Long.toUnsignedString(value)));
        } else {
          json.writeNumber(value);
        }
      }
    }
  }

  private void texts(FieldDescriptor field, List<ByteString> values, boolean hex)
      throws IOException {
    if (values.isEmpty()) return;
    json.writeName(field.getName());
    if (!field.isRepeated()) {
      text(field, values.getFirst(), hex);
      return;
    }
    json.writeStartArray();
    for (ByteString value : values) text(field, value, hex);
    json.writeEndArray();
  }

  private void text(FieldDescriptor field, ByteString value, boolean hex) throws IOException {
    switch (field.getJavaType()) {
      case MESSAGE -> {
        boolean inner = hex || (pretty && Display.of(field) == Display.HEX);
        object(field.getMessageType(), value, inner);
      }
      case STRING -> json.writeString(Texts.decode(value));
      default ->
          json.writeString(
              Display.of(field) == Display.SOCKET_NAME
                  ? QuotedPrintable.encode(value.toByteArray())
                  : Base64Text.encode(value.toByteArray()));
    }
  }
}
