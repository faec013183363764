package org.stasis.engine.files;

import org.stasis.images.proto.FownEntry;

/** Owners of files in tests. */
public final class Owners {
  /** Nobody is signalled. */
  public static final FownEntry NOBODY =
      FownEntry.newBuilder().setUid(0).setEuid(0).setSignum(0).setPidType(0).setPid(0).build();

  private Owners() {}
}
