package org.stasis.images.json;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.PrettyPrinter;

/**
 * White space as Python's json module puts it: on one line with a space after each comma and colon,
 * or a value to a line, indented by four.
 */
final class PythonLayout implements PrettyPrinter {
  private final boolean lines;
  private int depth;

  PythonLayout(boolean lines) {
    this.lines = lines;
  }

  private void newLine(JsonGenerator json) {
    if (!lines) return;
    json.writeRaw('\n');
    for (int i = 0; i < depth; i++) json.writeRaw("    ");
  }

  @Override
  public void writeRootValueSeparator(JsonGenerator json) {
    json.writeRaw('\n');
  }

  @Override
  public void writeStartObject(JsonGenerator json) {
    json.writeRaw('{');
    depth++;
  }

  @Override
  public void beforeObjectEntries(JsonGenerator json) {
    newLine(json);
  }

  @Override
  public void writeObjectNameValueSeparator(JsonGenerator json) {
    json.writeRaw(": ");
  }

  @Override
  public void writeObjectEntrySeparator(JsonGenerator json) {
    json.writeRaw(lines ? "," : ", ");
    newLine(json);
  }

  @Override
  public void writeEndObject(JsonGenerator json, int entries) {
    depth--;
    if (entries > 0) newLine(json);
    json.writeRaw('}');
  }

  @Override
  public void writeStartArray(JsonGenerator json) {
    json.writeRaw('[');
    depth++;
  }

  @Override
  public void beforeArrayValues(JsonGenerator json) {
    newLine(json);
  }

  @Override
  public void writeArrayValueSeparator(JsonGenerator json) {
    json.writeRaw(lines ? "," : ", ");
    newLine(json);
  }

  @Override
  public void writeEndArray(JsonGenerator json, int values) {
    depth--;
    if (values > 0) newLine(json);
    json.writeRaw(']');
  }
}
