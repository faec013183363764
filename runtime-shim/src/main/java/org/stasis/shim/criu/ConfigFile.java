package org.stasis.shim.criu;

import java.util.ArrayList;
import java.util.List;

/**
 * A configuration file: one option a line, without its dashes, its value after blanks or an equals
 * sign. {@code #} starts a comment. A value in double quotes may hold blanks, {@code #}, and quotes
 * written {@code \"}.
 */
final class ConfigFile {
  private final String name;
  private final List<GivenOption> options = new ArrayList<>();
  private int lineNumber;

  private ConfigFile(String name) {
    this.name = name;
  }

  /**
   * Reads a file's text.
   *
   * @param name the file, for messages
   * @param text its content
   * @return the options in their order
   * @throws UsageException when a line has another form or names no option
   */
  static List<GivenOption> parse(String name, String text) throws UsageException {
    ConfigFile file = new ConfigFile(name);
    int start = 0;
    while (start < text.length()) {
      int end = text.indexOf('\n', start);
      end = end < 0 ? text.length() : end;
      file.lineNumber++;
      file.line(text.substring(start, end));
      start = end + 1;
    }
    return List.copyOf(file.options);
  }

  private void line(String line) throws UsageException {
    int keyStart = skipBlanks(line, 0);
    int keyEnd = wordEnd(line, keyStart);
    if (keyStart == keyEnd) {
      return;
    }
    String key = "--" + line.substring(keyStart, keyEnd);
    int valueStart = skipBlanks(line, keyEnd);
    if (valueStart == line.length() || line.charAt(valueStart) == '#') {
      options.addAll(Getopt.parse(where(), List.of(key)).options());
      return;
    }
    int valueEnd;
    String value;
    if (line.charAt(valueStart) == '"') {
      valueEnd = closingQuote(line, valueStart + 1);
      value = line.substring(valueStart + 1, valueEnd).replace("\\\"", "\"");
      valueEnd++;
    } else {
      valueEnd = wordEnd(line, valueStart);
      value = line.substring(valueStart, valueEnd);
    }
    int rest = skipBlanks(line, valueEnd);
    if (rest < line.length() && line.charAt(rest) != '#') {
      throw bad("something follows the value; put a value with blanks in double quotes");
    }
    valued(key, value);
  }

  /**
   * What follows an option that takes no value is overlooked, as criu does: {@code tcp-close yes}.
   */
  private void valued(String key, String value) throws UsageException {
    CriuOption option = Getopt.parse(where(), List.of(key, value)).options().getFirst().option();
    String word = option.takesValue() ? key + "=" + value : key;
    options.addAll(Getopt.parse(where(), List.of(word)).options());
  }

  private int closingQuote(String line, int from) throws UsageException {
    for (int i = from; i < line.length(); i++) {
      if (line.charAt(i) == '"' && line.charAt(i - 1) != '\\') {
        return i;
      }
    }
    throw bad("the closing quote is missing");
  }

  private static int skipBlanks(String line, int from) {
    int i = from;
    while (i < line.length() && isBlank(line.charAt(i))) {
      i++;
    }
    return i;
  }

  private static int wordEnd(String line, int from) {
    int i = from;
    while (i < line.length() && !isBlank(line.charAt(i)) && line.charAt(i) != '#') {
      i++;
    }
    return i;
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
  }

  private UsageException bad(String complaint) {
    return new UsageException(where() + ": " + complaint);
  }

  private String where() {
    return "configuration file " + name + ", line " + lineNumber;
  }
}
