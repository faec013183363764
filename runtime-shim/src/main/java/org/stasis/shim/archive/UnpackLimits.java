package org.stasis.shim.archive;

/**
 * How much an archive may unpack to.
 *
 * @param bytes altogether, holes included
 * @param ratio how often the size of the compressed archive; not looked at before {@link
 *     #FREE_BYTES}
 */
public record UnpackLimits(long bytes, long ratio) {
  /** Up to this size an archive may be compressed as well as it likes. */
  public static final long FREE_BYTES = 256L << 20;

  /** What holds when nothing else is said: any size, a ratio that memory images don't come near. */
  public static final UnpackLimits STANDARD = new UnpackLimits(Long.MAX_VALUE, 1000);
}
