package org.stasis.podman;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** A tree that is dumped once and restored many times, and counts while it runs. */
interface RestoredTree extends AutoCloseable {
  /** A directory for this tree alone. */
  Path folder();

  /** Dumps it, which ends it. */
  void dump(Criu criu, Path images) throws IOException;

  /** What a restore needs besides the images. */
  List<String> restoreOptions();

  /** How far it has counted, ever. */
  long[] counts();

  /** Whether all that counts has counted since. */
  boolean hasRun(long[] before);

  /** All of it runs and nothing is wrong with it. */
  void assertWell() throws IOException;

  /** What there is of it outside of itself, while it is not restored. */
  Set<String> traces() throws IOException;

  /** It has been restored and was ended: takes away what a tree that runs leaves behind. */
  void ended() throws IOException;

  @Override
  void close() throws IOException;
}
