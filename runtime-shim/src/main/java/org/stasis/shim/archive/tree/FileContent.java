package org.stasis.shim.archive.tree;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.shim.archive.tar.SparseMap;
import org.stasis.shim.archive.tar.SparseMap.Stretch;

/**
 * The data of a file. What is behind its size at the time of listing is left out; a file that lost
 * some of it since is an error.
 *
 * @param root the directory that the path starts from
 * @param path without links in it
 * @param data where the data is
 */
record FileContent(Fd root, String path, SparseMap data) implements Content {
  private static final int BUFFER_BYTES = 256 << 10;
  private static final int FLAGS =
      Open.O_RDONLY | Open.O_NOFOLLOW | Open.O_NONBLOCK | Open.O_NOCTTY | Open.O_CLOEXEC;

  static FileContent whole(Fd root, String path, long size) {
    return new FileContent(root, path, new SparseMap(List.of(new Stretch(0, size))));
  }

  static Fd open(Fd root, String path) throws IOException {
    Fd file = root.openAt2(path, FLAGS, 0, Open.RESOLVE_BENEATH | Open.RESOLVE_NO_SYMLINKS);
    boolean regular = false;
    try {
      regular = file.stat().type() == Stat.S_IFREG;
      if (!regular) {
        throw new IOException(path + " became something else while it was packed");
      }
      return file;
    } finally {
      if (!regular) {
        file.close();
      }
    }
  }

  @Override
  public long size() {
    return data.dataBytes();
  }

  @Override
  public void writeTo(OutputStream to) throws IOException {
    byte[] buffer = new byte[(int) Math.min(BUFFER_BYTES, Math.max(1, size()))];
    try (Fd file = open(root, path)) {
      for (Stretch each : data.stretches()) {
        copy(file, each, buffer, to);
      }
    }
  }

  private void copy(Fd file, Stretch stretch, byte[] buffer, OutputStream to) throws IOException {
    for (long done = 0; done < stretch.length(); ) {
      int piece = (int) Math.min(buffer.length, stretch.length() - done);
      int read = file.pread(buffer, 0, piece, stretch.offset() + done);
      if (read == 0) {
        throw new IOException(
            path + " became shorter while it was packed; stop who writes to it, and try again");
      }
      to.write(buffer, 0, read);
      done += read;
    }
  }
}
