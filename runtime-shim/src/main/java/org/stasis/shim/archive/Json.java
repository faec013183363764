package org.stasis.shim.archive;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * JSON as maps, lists, strings, numbers and booleans. Text is written in ASCII, with the rest
 * escaped: so bytes of a path that are no UTF-8, {@link org.stasis.linux.KernelString}, come back.
 */
public final class Json {
  private static final JsonFactory FACTORY = new JsonFactory();

  private Json() {}

  /**
   * Reads an object.
   *
   * @param json the text
   * @param name of what it is, for messages
   * @return its members, in order
   * @throws ArchiveException when it is none
   */
  public static Map<String, Object> object(byte[] json, String name) throws ArchiveException {
    return objectOf(read(json, name), name);
  }

  /**
   * Takes a value for an object.
   *
   * @param value as {@link #read} returns it
   * @param name of what it is, for messages
   * @return its members
   * @throws ArchiveException when it is something else
   */
  public static Map<String, Object> objectOf(@Nullable Object value, String name)
      throws ArchiveException {
    if (!(value instanceof Map<?, ?> members)) {
      throw new ArchiveException(name + " is no JSON object");
    }
    Map<String, Object> object = new LinkedHashMap<>();
    members.forEach((key, member) -> object.put((String) key, member));
    return object;
  }

  /**
   * A member of an object that is an object, too.
   *
   * @param object where to look
   * @param key of the member
   * @return its members; none when it is not there
   */
  public static Map<String, Object> member(Map<String, Object> object, String key) {
    Map<String, Object> found = new LinkedHashMap<>();
    if (object.get(key) instanceof Map<?, ?> members) {
      members.forEach((name, member) -> found.put((String) name, member));
    }
    return found;
  }

  /**
   * A member of an object that is a text.
   *
   * @param object where to look
   * @param key of the member
   * @return the text; empty when there is none
   */
  public static String text(Map<String, Object> object, String key) {
    return object.get(key) instanceof String text ? text : "";
  }

  /**
   * Reads a value.
   *
   * @param json the text
   * @param name of what it is, for messages
   * @return the value; null for JSON's null
   * @throws ArchiveException when it is no JSON
   */
  public static @Nullable Object read(byte[] json, String name) throws ArchiveException {
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
      if (parser.nextToken() == null) {
        throw new ArchiveException(name + " is empty");
      }
      Object value = value(parser);
      if (parser.nextToken() != null) {
        throw new ArchiveException(name + " has something behind its JSON");
      }
      return value;
    } catch (JacksonException e) {
      throw new ArchiveException(name + " is no JSON: " + e.getOriginalMessage(), e);
    }
  }

  /**
   * Takes the value that a parser stands at.
   *
   * @param parser ends at the value's last token
   * @return the value; null for JSON's null, and when there is nothing
   * @throws JacksonException when it is no JSON
   */
  public static @Nullable Object value(JsonParser parser) {
    JsonToken token = parser.currentToken();
    if (token == null) {
      return null;
    }
    return switch (token) {
      case START_OBJECT -> {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String key = parser.currentName();
          parser.nextToken();
          object.put(key, value(parser));
        }
        yield object;
      }
      case START_ARRAY -> {
        List<@Nullable Object> array = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(value(parser));
        }
        yield array;
      }
      case VALUE_STRING -> parser.getString();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> throw new IllegalStateException("no value of JSON begins with " + token);
    };
  }

  /**
   * Writes a value.
   *
   * @param value of maps, iterables, strings, numbers, booleans and null
   * @return the text
   */
  public static byte[] write(@Nullable Object value) {
    StringBuilder text = new StringBuilder();
    append(value, text);
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }

  private static void append(@Nullable Object value, StringBuilder to) {
    switch (value) {
      case null -> to.append("null");
      case Map<?, ?> object -> {
        String separator = "{";
        for (Map.Entry<?, ?> each : object.entrySet()) {
          quote((String) each.getKey(), to.append(separator));
          append(each.getValue(), to.append(':'));
          separator = ",";
        }
        to.append(object.isEmpty() ? "{}" : "}");
      }
      case Iterable<?> array -> {
        to.append('[');
        String separator = "";
        for (Object each : array) {
          append(each, to.append(separator));
          separator = ",";
        }
        to.append(']');
      }
      case String text -> quote(text, to);
      default -> to.append(value);
    }
  }

  private static void quote(String text, StringBuilder to) {
    to.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        to.append('\\').append(c);
      } else if (c >= ' ' && c < 0x7f) {
        to.append(c);
      } else {
        to.append("\\u").append(Integer.toHexString(0x10000 + c).substring(1));
      }
    }
    to.append('"');
  }
}
