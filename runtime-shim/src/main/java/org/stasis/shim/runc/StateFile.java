package org.stasis.shim.runc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** A small JSON file of a runtime. */
final class StateFile {
  private StateFile() {}

  /**
   * Reads a file.
   *
   * @return nothing when there is none
   * @throws RuntimeFailure when it cannot be read or is no JSON object
   */
  static Optional<JsonObject> read(Path file) throws RuntimeFailure {
    try {
      return Optional.of(JsonObject.parse(file.toString(), Files.readString(file)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new RuntimeFailure("cannot read " + file + ": " + e, e);
    }
  }

  /**
   * A text that must be there.
   *
   * @throws RuntimeFailure when it is not
   */
  static String text(JsonObject object, String name, Path file) throws RuntimeFailure {
    return object.text(name).orElseThrow(() -> new RuntimeFailure(file + " has no text " + name));
  }

  /**
   * A number that must be there.
   *
   * @throws RuntimeFailure when it is not
   */
  static long number(JsonObject object, String name, Path file) throws RuntimeFailure {
    long number = object.number(name, -1);
    if (number < 0) {
      throw new RuntimeFailure(file + " has no number " + name);
    }
    return number;
  }
}
