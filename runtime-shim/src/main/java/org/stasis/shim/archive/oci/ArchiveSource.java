package org.stasis.shim.archive.oci;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.shim.archive.ArchiveException;
import org.stasis.shim.archive.Compression;
import org.stasis.shim.archive.tar.TarEntry;
import org.stasis.shim.archive.tar.TarReader;
import org.stasis.shim.archive.tar.TarType;

/** An image layout in a tar file. Where its files are is found first: index.json may come last. */
final class ArchiveSource implements LayoutSource {
  private static final int MAX_FILES = 100_000;

  private record Piece(long offset, long size) {}

  private final FileChannel channel;
  private final Map<String, Piece> pieces = new HashMap<>();

  private ArchiveSource(FileChannel channel) {
    this.channel = channel;
  }

  static ArchiveSource open(Path path) throws IOException {
    ArchiveSource source = new ArchiveSource(FileChannel.open(path, StandardOpenOption.READ));
    boolean complete = false;
    try {
      source.find();
      complete = true;
      return source;
    } finally {
      if (!complete) {
        source.close();
      }
    }
  }

  private void find() throws IOException {
    InputStream start = new BufferedInputStream(new ChannelInput(channel, 0, channel.size()));
    if (Compression.detect(start) != Compression.NONE) {
      throw new ArchiveException(
          "the file of an OCI image layout is compressed; decompress it first");
    }
    ChannelInput input = new ChannelInput(channel, 0, channel.size());
    TarReader tar = new TarReader(input);
    for (TarEntry entry; (entry = tar.next()) != null; ) {
      String name = entry.name().startsWith("./") ? entry.name().substring(2) : entry.name();
      boolean plain = entry.type() == TarType.FILE && entry.sparse() == null;
      if (plain && pieces.put(name, new Piece(input.position(), entry.size())) != null) {
        throw new ArchiveException("it has a file twice: " + name);
      }
      if (pieces.size() > MAX_FILES) {
        throw new ArchiveException("it has more than " + MAX_FILES + " files");
      }
    }
  }

  @Override
  public InputStream open(String name) throws IOException {
    @Nullable Piece piece = pieces.get(name);
    if (piece == null) {
      throw new ArchiveException("it is no OCI image layout, or lacks a part: " + name);
    }
    return new ChannelInput(channel, piece.offset(), piece.size());
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /** A piece of a file. Skipping reads nothing. */
  private static final class ChannelInput extends InputStream {
    private final InputStream stream;
    private final FileChannel channel;
    private final long end;
    private long position;

    ChannelInput(FileChannel channel, long offset, long size) {
      this.channel = channel;
      this.stream = Channels.newInputStream(channel);
      this.position = offset;
      this.end = offset + size;
    }

    long position() {
      return position;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int start, int length) throws IOException {
      if (position >= end) {
        return -1;
      }
      channel.position(position);
      int read = stream.read(into, start, (int) Math.min(length, end - position));
      position += Math.max(read, 0);
      return read;
    }

    @Override
    public long skip(long bytes) {
      long skipped = Math.clamp(bytes, 0, end - position);
      position += skipped;
      return skipped;
    }
  }
}
