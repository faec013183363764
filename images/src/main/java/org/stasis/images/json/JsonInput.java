package org.stasis.images.json;

import java.io.InputStream;
import org.stasis.images.ImageException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;

/** JSON being read, with what to say where it is not what it should be. */
final class JsonInput {
  private final JsonParser parser;
  private final String name;

  JsonInput(JsonFactory factory, InputStream json, String name) {
    this.parser = factory.createParser(ObjectReadContext.empty(), json);
    this.name = name;
  }

  JsonParser parser() {
    return parser;
  }

  JsonToken token() {
    return parser.currentToken();
  }

  /** Goes on to the next token. */
  JsonToken next(String expected) throws ImageException {
    JsonToken token = parser.nextToken();
    if (token == null) throw wrong("the end", expected);
    return token;
  }

  /** Throws unless the current token is this one. */
  void require(JsonToken wanted, String expected) throws ImageException {
    if (parser.currentToken() != wanted) throw wrong(expected);
  }

  /** The current string. */
  String string(String expected) throws ImageException {
    require(JsonToken.VALUE_STRING, expected);
    return parser.getString();
  }

  /** The error of a current token that is not what it should be. */
  ImageException wrong(String expected) {
    JsonToken token = parser.currentToken();
    String found = token == null ? "the end" : token.asString() == null ? text() : token.asString();
    return wrong(found, expected);
  }

  private String text() {
    String text = parser.getString();
    return text.length() <= 60 ? text : text.substring(0, 60) + "…";
  }

  ImageException wrong(String found, String expected) {
    TokenStreamLocation at =
        parser.currentToken() == null ? parser.currentLocation() : parser.currentTokenLocation();
    long offset = at.getByteOffset();
    return new ImageException(name, offset, found, expected);
  }
}
