package org.stasis.shim.archive.tree;

import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.CRC32;

/**
 * Content in the form of gzip without being compressed: blocks that are "stored", RFC 1951 3.2.4.
 * So a reader that wants gzip gets it, and the size is known before.
 *
 * @param content what is in it
 */
public record StoredGzip(Content content) implements Content {
  private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};
  private static final int BLOCK_BYTES = 0xffff;
  private static final int BLOCK_HEADER_BYTES = 5;
  private static final int TRAILER_BYTES = 8;

  @Override
  public long size() {
    long bytes = content.size();
    long blocks = (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES + 1; // and an empty one at the end
    return HEADER.length + bytes + blocks * BLOCK_HEADER_BYTES + TRAILER_BYTES;
  }

  @Override
  public void writeTo(OutputStream to) throws IOException {
    to.write(HEADER);
    Blocks blocks = new Blocks(to);
    content.writeTo(blocks);
    blocks.finish();
  }

  private static final class Blocks extends OutputStream {
    private final OutputStream to;
    private final byte[] block = new byte[BLOCK_BYTES];
    private final CRC32 checksum = new CRC32();
    private int filled;
    private long total;

    Blocks(OutputStream to) {
      this.to = to;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int start, int length) throws IOException {
      checksum.update(bytes, start, length);
      total += length;
      for (int done = 0; done < length; ) {
        int piece = Math.min(length - done, BLOCK_BYTES - filled);
        System.arraycopy(bytes, start + done, block, filled, piece);
        filled += piece;
        done += piece;
        if (filled == BLOCK_BYTES) {
          end(0);
        }
      }
    }

    private void end(int last) throws IOException {
      to.write(last);
      to.write(filled & 0xff);
      to.write(filled >>> 8);
      to.write(~filled & 0xff);
      to.write(~filled >>> 8 & 0xff);
      to.write(block, 0, filled);
      filled = 0;
    }

    void finish() throws IOException {
      if (filled > 0) {
        end(0);
      }
      end(1);
      little((int) checksum.getValue());
      little((int) total);
    }

    private void little(int number) throws IOException {
      for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
        to.write(number >>> shift & 0xff);
      }
    }
  }
}
