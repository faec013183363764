package org.stasis.shim.archive.oci;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.stasis.shim.archive.AsideDirectory;

/** An image layout in a directory. */
final class DirectoryBlobs implements Blobs {
  private static final int BUFFER_BYTES = 256 << 10;

  private final AsideDirectory directory;

  DirectoryBlobs(Path target) throws IOException {
    directory = AsideDirectory.of(target);
  }

  @Override
  public Descriptor add(String mediaType, Source source) throws IOException {
    Path blobs = directory.path().resolve("blobs/sha256");
    Files.createDirectories(blobs);
    Path unnamed = blobs.resolve("unnamed");
    Descriptor descriptor = write(unnamed, mediaType, source);
    Files.move(unnamed, directory.path().resolve(descriptor.path()));
    return descriptor;
  }

  @Override
  public void add(String name, byte[] bytes) throws IOException {
    write(directory.path().resolve(name), "", to -> to.write(bytes));
  }

  private static Descriptor write(Path path, String mediaType, Source source) throws IOException {
    try (FileChannel file =
            FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        OutputStream buffered =
            new BufferedOutputStream(Channels.newOutputStream(file), BUFFER_BYTES);
        HashingOutput output = new HashingOutput(buffered)) {
      source.writeTo(output);
      buffered.flush();
      file.force(true);
      return output.descriptor(mediaType);
    }
  }

  @Override
  public void place() throws IOException {
    directory.place();
  }

  @Override
  public void close() throws IOException {
    directory.close();
  }
}
