package org.stasis.engine.unix;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSet;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.UnixSkEntry;

/** The sockets outside of the tree that the images mention, read when the first is asked for. */
final class Outside {
  private final ImageSet images;
  private @Nullable Map<Integer, UnixSkEntry> sockets; // by inode

  Outside(ImageSet images) {
    this.images = images;
  }

  /**
   * The name of a socket outside.
   *
   * @param inode its number at the dump
   * @return the name, perhaps none; null when the images do not mention it
   * @throws StasisException when the image is damaged
   */
  @Nullable UnixName name(int inode) throws StasisException {
    Map<Integer, UnixSkEntry> known = sockets == null ? read() : sockets;
    sockets = known;
    UnixSkEntry socket = known.get(inode);
    return socket == null ? null : UnixName.of(socket);
  }

  private Map<Integer, UnixSkEntry> read() throws StasisException {
    Map<Integer, UnixSkEntry> found = new HashMap<>();
    try {
      for (FileEntry file : images.all(ImageKind.FILES, FileEntry.parser())) {
        if (file.hasUsk() && (file.getUsk().getUflags() & OutsidePeers.EXTERNAL) != 0) {
          found.put(file.getUsk().getIno(), file.getUsk());
        }
      }
    } catch (IOException e) {
      throw new StasisException("", "reading files.img", e.getMessage(), 0, "", e);
    }
    return found;
  }
}
