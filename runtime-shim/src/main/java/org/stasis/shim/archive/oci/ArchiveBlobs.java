package org.stasis.shim.archive.oci;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.stasis.linux.Stat;
import org.stasis.shim.archive.AsideFile;
import org.stasis.shim.archive.KeptOpen;
import org.stasis.shim.archive.tar.TarEntry;
import org.stasis.shim.archive.tar.TarWriter;

/**
 * An image layout in a tar file. The name and size of a blob are known when it has been written:
 * room is left for its header, which is filled in then.
 */
final class ArchiveBlobs implements Blobs {
  private static final int BUFFER_BYTES = 256 << 10;
  private static final int MODE = 0644;

  private final AsideFile file;
  private final FileChannel channel;
  private final Stat.Time now;

  ArchiveBlobs(Path target, Stat.Time now) throws IOException {
    this.now = now;
    file = AsideFile.of(target);
    channel = file.channel();
  }

  @Override
  public Descriptor add(String mediaType, Source source) throws IOException {
    long start = channel.position();
    channel.position(start + header("", 0).remaining());
    Descriptor descriptor;
    try (OutputStream buffered =
            new BufferedOutputStream(
                new KeptOpen(Channels.newOutputStream(channel)), BUFFER_BYTES);
        HashingOutput output = new HashingOutput(buffered)) {
      source.writeTo(output);
      descriptor = output.descriptor(mediaType);
    }
    finish(start, descriptor.path(), descriptor.size());
    return descriptor;
  }

  @Override
  public void add(String name, byte[] bytes) throws IOException {
    long start = channel.position();
    write(header(name, bytes.length));
    write(ByteBuffer.wrap(bytes));
    finish(start, name, bytes.length);
  }

  /** A header with an extended one before it, so that it has the same length whatever the size. */
  private ByteBuffer header(String name, long size) {
    return ByteBuffer.wrap(TarWriter.wideHeader(TarEntry.file(name, MODE, size, now)));
  }

  private void finish(long start, String name, long size) throws IOException {
    ByteBuffer header = header(name, size);
    long end = start + header.remaining() + size;
    channel.position(start);
    write(header);
    channel.position(end);
    write(ByteBuffer.allocate(TarWriter.paddingOf(size)));
  }

  private void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  @Override
  public void place() throws IOException {
    write(ByteBuffer.allocate((int) TarWriter.endBytes()));
    file.place();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
