package org.stasis.images.json;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.stasis.images.ImageException;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageReader;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;

/** Image files as JSON, and back. See the package for the form. */
public final class JsonView {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          .disable(StreamWriteFeature.AUTO_CLOSE_CONTENT) // half an image must not look whole
          .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
          .build();

  /** What the JSON looks like. */
  public enum Form {
    /** On one line, numbers as they are. */
    PLAIN(false, true),
    /** A value to a line, numbers in the form their field calls for. */
    PRETTY(true, true),
    /**
     * The pretty form, but of what follows an entry only its size: for reading, not for encoding.
     */
    PRETTY_WITHOUT_PAYLOADS(true, false);

    private final boolean pretty;
    private final boolean payloads;

    Form(boolean pretty, boolean payloads) {
      this.pretty = pretty;
      this.payloads = payloads;
    }
  }

  private JsonView() {}

  /**
   * Writes an image file as JSON. Nothing is held of it but one entry; what follows that passes
   * through.
   *
   * @param json left open
   * @throws ImageException when the file is broken, or is one without entries
   */
  public static void decode(Path image, OutputStream json, Form form) throws IOException {
    String fileName = image.getFileName() == null ? "" : image.getFileName().toString();
    ImageKind kind = ImageKind.ofFileName(fileName);
    if (kind != null && kind.isRaw()) throw raw(image.toString(), kind);
    if (!Files.isRegularFile(image) && !Files.exists(image)) {
      throw new java.nio.file.NoSuchFileException(image.toString());
    }
    decode(FileChannel.open(image, StandardOpenOption.READ), image.toString(), json, form);
  }

  private static ImageException raw(String name, ImageKind kind) {
    return new ImageException(
        name, -1, "bytes without entries (" + kind + ")", "an image with entries");
  }

  /**
   * Writes an image as JSON, as the other one.
   *
   * @param image closed in the end
   * @param name of the image, for errors
   */
  public static void decode(ReadableByteChannel image, String name, OutputStream json, Form form)
      throws IOException {
    try (ImageReader reader = ImageReader.of(image, name, null, null);
        JsonGenerator generator = JSON.createGenerator(new Layout(form.pretty), json)) {
      new ImageToJson(reader, generator, form.pretty, form.payloads).write();
      generator.writeRaw('\n');
    } catch (JacksonIOException e) {
      throw e.getCause();
    }
  }

  /**
   * Writes JSON as an image.
   *
   * @param json left open
   * @param name of the JSON, for errors
   * @param image closed in the end; when this fails, what was written of it is no image
   * @throws ImageException when the JSON is broken, or does not say what an image must
   */
  public static void encode(InputStream json, String name, WritableByteChannel image)
      throws IOException {
    JsonInput input = new JsonInput(JSON, json, name);
    try (image) {
      new JsonToImage(input, name).write(image);
      if (input.parser().nextToken() != null) throw input.wrong("the end");
    } catch (JacksonIOException e) {
      throw e.getCause();
    } catch (JacksonException e) {
      long offset = e.getLocation() == null ? -1 : e.getLocation().getByteOffset();
      throw new ImageException(name, offset, e.getOriginalMessage(), "JSON", e);
    }
  }

  /** Tells the generator how to lay out what it writes. */
  private static final class Layout extends ObjectWriteContext.Base {
    private final boolean lines;

    Layout(boolean lines) {
      this.lines = lines;
    }

    @Override
    public PrettyPrinter getPrettyPrinter() {
      return new PythonLayout(lines);
    }

    @Override
    public boolean hasPrettyPrinter() {
      return true;
    }
  }
}
