package org.stasis.shim.cli;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.stasis.images.json.JsonView;
import org.stasis.shim.Caller;
import org.stasis.shim.archive.KeptOpen;

/** {@code stasis show}, {@code decode} and {@code encode}: image files as JSON, and back. */
final class ImageCommand {
  private static final int STANDARD_INPUT = 0;
  private static final String NAME_OF_STANDARD_INPUT = "standard input";

  private final Caller caller;
  private final OutputStream output;

  /**
   * Makes the commands.
   *
   * @param caller whose files they are
   * @param output standard output, unbuffered
   */
  ImageCommand(Caller caller, OutputStream output) {
    this.caller = caller;
    this.output = output;
  }

  /**
   * Writes an image as JSON.
   *
   * @param image a path as the caller wrote it, or null for standard input
   * @param json likewise, or null for standard output
   * @param form what it looks like
   */
  int decode(@Nullable String image, @Nullable String json, JsonView.Form form) throws IOException {
    try (OutputStream into =
        new BufferedOutputStream(
            json == null ? new KeptOpen(output) : Files.newOutputStream(caller.resolve(json)))) {
      if (image == null) {
        try (InputStream from = CallerInput.of(caller, STANDARD_INPUT)) {
          JsonView.decode(Channels.newChannel(from), NAME_OF_STANDARD_INPUT, into, form);
        }
      } else {
        JsonView.decode(real(image), into, form);
      }
    }
    return StasisDoor.SUCCESS;
  }

  /**
   * Writes JSON as an image. A file appears under its name when it is complete.
   *
   * @param json a path as the caller wrote it, or null for standard input
   * @param image likewise, or null for standard output
   */
  int encode(@Nullable String json, @Nullable String image) throws IOException {
    try (InputStream from =
        new BufferedInputStream(
            json == null
                ? CallerInput.of(caller, STANDARD_INPUT)
                : Files.newInputStream(real(json)))) {
      String name = json == null ? NAME_OF_STANDARD_INPUT : json;
      if (image == null) {
        JsonView.encode(from, name, Channels.newChannel(new KeptOpen(output)));
      } else {
        encode(from, name, caller.resolve(image));
      }
    }
    return StasisDoor.SUCCESS;
  }

  private static void encode(InputStream json, String name, Path image) throws IOException {
    Path unfinished = image.resolveSibling(image.getFileName() + ".unfinished");
    try {
      JsonView.encode(
          json,
          name,
          FileChannel.open(
              unfinished,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE));
      Files.move(unfinished, image, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  /** The path that people know, for messages: ours leads through the caller's working directory. */
  private Path real(String path) throws IOException {
    try {
      return caller.resolve(path).toRealPath();
    } catch (NoSuchFileException e) {
      throw (NoSuchFileException) new NoSuchFileException(path).initCause(e);
    }
  }
}
