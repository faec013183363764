package org.stasis.images.json;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.UnknownFieldSet;
import org.jspecify.annotations.Nullable;
import org.stasis.images.ImageException;
import tools.jackson.core.JsonToken;

/** JSON objects as bytes of messages, in the plain form and in the pretty one alike. */
final class JsonToMessage {
  private final JsonInput json;

  JsonToMessage(JsonInput json) {
    this.json = json;
  }

  /** The object that has just begun, up to its end. */
  private ByteString object(Descriptor type) throws ImageException {
    json.require(JsonToken.START_OBJECT, "an object with the fields of " + type.getName());
    UnknownFieldSet.Builder fields = UnknownFieldSet.newBuilder();
    while (json.next("a field of " + type.getName()) != JsonToken.END_OBJECT) {
      field(type, json.parser().currentName(), fields);
    }
    return fields.build().toByteString();
  }

  /** One field, whose name is the current token. Afterwards its value's last token is. */
  void field(Descriptor type, String name, UnknownFieldSet.Builder into) throws ImageException {
    FieldDescriptor field = type.findFieldByName(name);
    if (field == null) throw json.wrong("\"" + name + "\"", "a field of " + type.getName());
    into.clearField(field.getNumber()); // as elsewhere in JSON, the last of two wins
    JsonToken token = json.next("the value of " + name);
    if (!field.isRepeated()) {
      value(field, into);
      return;
    }
    if (token != JsonToken.START_ARRAY) throw json.wrong("an array of " + name);
    while (json.next("a value of " + name) != JsonToken.END_ARRAY) value(field, into);
  }

  private void value(FieldDescriptor field, UnknownFieldSet.Builder into) throws ImageException {
    UnknownFieldSet.Field.Builder value = UnknownFieldSet.Field.newBuilder();
    switch (field.getJavaType()) {
      case MESSAGE -> value.addLengthDelimited(object(field.getMessageType()));
      case STRING -> value.addLengthDelimited(Texts.encode(json.string(expected(field))));
      case BYTE_STRING -> value.addLengthDelimited(bytes(field));
      case BOOLEAN -> value.addVarint(bool(field) ? 1 : 0);
      case ENUM -> value.addVarint(constant(field).getNumber());
      default -> number(field, value);
    }
    into.mergeField(field.getNumber(), value.build());
  }

  private static String expected(FieldDescriptor field) {
    return "a value of " + field.getFullName();
  }

  private ByteString bytes(FieldDescriptor field) throws ImageException {
    String text = json.string(expected(field));
    try {
      return ByteString.copyFrom(
          Display.of(field) == Display.SOCKET_NAME
              ? QuotedPrintable.decode(text)
              : Base64Text.decode(text));
    } catch (IllegalArgumentException e) {
      throw json.wrong(expected(field) + ": " + e.getMessage());
    }
  }

  private boolean bool(FieldDescriptor field) throws ImageException {
    return switch (json.token()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> throw json.wrong(expected(field) + ": true or false");
    };
  }

  private EnumValueDescriptor constant(FieldDescriptor field) throws ImageException {
    EnumValueDescriptor named = field.getEnumType().findValueByName(text(field));
    if (named == null) throw json.wrong(expected(field));
    return named;
  }

  /** Numbers are taken as text too, for that is how the pretty form has most of them. */
  private String text(FieldDescriptor field) throws ImageException {
    return switch (json.token()) {
      case VALUE_STRING, VALUE_NUMBER_INT -> json.parser().getString();
      default -> throw json.wrong(expected(field));
    };
  }

  private void number(FieldDescriptor field, UnknownFieldSet.Field.Builder into)
      throws ImageException {
    String text = text(field);
    Display display = Display.of(field);
    int @Nullable [] address =
        display == Display.IP && json.token() == JsonToken.VALUE_STRING
            ? IpAddress.parse(text)
            : null;
    if (address != null) {
      for (int word : address) into.addVarint(word & 0xffffffffL);
      return;
    }
    try {
      number(field, parse(field, display, text), into);
    } catch (NumberFormatException e) {
      throw json.wrong(expected(field) + " (" + e.getMessage() + ")");
    }
  }

  private static long parse(FieldDescriptor field, Display display, String text) {
    Names names = Names.of(display);
    if (names != null) return Integer.toUnsignedLong(names.value(text));
    if (display == Display.DEV || display == Display.ODEV) {
      return Integer.toUnsignedLong(Numbers.parseDevice(text, display == Display.ODEV));
    }
    return switch (field.getType()) {
      case UINT32 -> Numbers.parse(text, 0, 0xffffffffL);
      case INT32, SINT32 -> Numbers.parse(text, Integer.MIN_VALUE, Integer.MAX_VALUE);
      case INT64, SINT64 -> Numbers.parse(text, Long.MIN_VALUE, Long.MAX_VALUE);
      default -> Numbers.parse(text, 0, -1);
    };
  }

  private static void number(
      FieldDescriptor field, long value, UnknownFieldSet.Field.Builder into) {
    switch (field.getType()) {
      case FIXED64 -> into.addFixed64(value);
      case SINT32 -> into.addVarint(CodedOutputStream.encodeZigZag32((int) value) & 0xffffffffL);
      case SINT64 -> into.addVarint(CodedOutputStream.encodeZigZag64(value));
      default -> into.addVarint(value);
    }
  }
}
