package org.stasis.shim.runc;

import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.stasis.shim.archive.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * An object of a runtime's files, config.json and state.json among them. Members that nobody asks
 * for are kept as they are, in their order.
 *
 * @param members values are String, Boolean, Number, {@code Map<String, Object>}, {@code
 *     List<Object>}, or null; may be changed
 */
public record JsonObject(Map<String, @Nullable Object> members) {
  private static final JsonFactory FACTORY = new JsonFactory();

  /**
   * Reads a text.
   *
   * @param name of the file, for messages
   * @throws RuntimeFailure when it is no JSON object
   */
  public static JsonObject parse(String name, String text) throws RuntimeFailure {
    if (value(name, text) instanceof Map<?, ?> map) {
      return of(map);
    }
    throw new RuntimeFailure(name + " is not a JSON object");
  }

  /**
   * Reads a text that is an array of texts.
   *
   * @param name of the file, for messages
   * @throws RuntimeFailure when it is something else
   */
  static List<String> parseTexts(String name, String text) throws RuntimeFailure {
    if (value(name, text) instanceof List<?> list
        && list.stream().allMatch(String.class::isInstance)) {
      return list.stream().map(String.class::cast).toList();
    }
    throw new RuntimeFailure(name + " is not a JSON array of strings");
  }

  private static @Nullable Object value(String name, String text) throws RuntimeFailure {
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      parser.nextToken();
      Object value = Json.value(parser);
      if (parser.nextToken() != null) {
        throw new RuntimeFailure(name + ": something follows the JSON value");
      }
      return value;
    } catch (JacksonException e) {
      throw new RuntimeFailure(name + " is not JSON: " + e.getMessage(), e);
    }
  }

  @SuppressWarnings("unchecked") // keys of what Json makes are names
  private static JsonObject of(Map<?, ?> map) {
    return new JsonObject((Map<String, @Nullable Object>) map);
  }

  /** The object as a text on one line. */
  public String text() {
    return text(members);
  }

  /** The same as the content of a file. */
  byte[] bytes() {
    return text().getBytes(StandardCharsets.UTF_8);
  }

  /** A value of the kinds that members have, as a text on one line. */
  static String text(@Nullable Object value) {
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
      write(generator, value);
    }
    return text.toString();
  }

  private static void write(JsonGenerator generator, @Nullable Object value) {
    switch (value) {
      case null -> generator.writeNull();
      case String text -> generator.writeString(text);
      case Boolean truth -> generator.writeBoolean(truth);
      case Integer number -> generator.writeNumber(number);
      case Long number -> generator.writeNumber(number);
      case BigInteger number -> generator.writeNumber(number);
      case Number number -> generator.writeNumber(number.doubleValue());
      case Map<?, ?> map -> {
        generator.writeStartObject();
        for (Map.Entry<?, ?> member : map.entrySet()) {
          generator.writeName((String) member.getKey());
          write(generator, member.getValue());
        }
        generator.writeEndObject();
      }
      case List<?> list -> {
        generator.writeStartArray();
        for (Object element : list) {
          write(generator, element);
        }
        generator.writeEndArray();
      }
      default -> throw new IllegalArgumentException("no JSON value: " + value.getClass());
    }
  }

  /** A member that is a text. */
  public Optional<String> text(String name) {
    return members.get(name) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  /** A member that is a number, or another when there is none. */
  public long number(String name, long byDefault) {
    return members.get(name) instanceof Number number ? number.longValue() : byDefault;
  }

  /** Whether a member is there and true. */
  public boolean on(String name) {
    return Boolean.TRUE.equals(members.get(name));
  }

  /** A member that is an object; an empty one, not among the members, when there is none. */
  public JsonObject object(String name) {
    return members.get(name) instanceof Map<?, ?> map
        ? of(map)
        : new JsonObject(new LinkedHashMap<>());
  }

  /** The objects of a member that is an array of them; none when there is no such member. */
  public List<JsonObject> objects(String name) {
    List<JsonObject> objects = new ArrayList<>();
    if (members.get(name) instanceof List<?> list) {
      for (Object element : list) {
        if (element instanceof Map<?, ?> map) {
          objects.add(of(map));
        }
      }
    }
    return objects;
  }

  /** The texts of a member that is an array of them; none when there is no such member. */
  public List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    if (members.get(name) instanceof List<?> list) {
      for (Object element : list) {
        if (element instanceof String text) {
          texts.add(text);
        }
      }
    }
    return texts;
  }
}
