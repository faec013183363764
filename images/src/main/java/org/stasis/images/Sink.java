package org.stasis.images;

import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Where bytes go that nobody wants. */
enum Sink implements WritableByteChannel {
  NOWHERE;

  @Override
  public int write(ByteBuffer bytes) {
    int count = bytes.remaining();
    bytes.position(bytes.limit());
    return count;
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public void close() {}
}
