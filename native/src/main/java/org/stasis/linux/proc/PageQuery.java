package org.stasis.linux.proc;

/**
 * Which pages {@link Pagemap#scan} looks for. A page's categories are taken, those in {@code
 * inverted} are flipped; it matches when all of {@code required} and, unless that is 0, one of
 * {@code anyOf} are set then.
 *
 * @param inverted {@code PAGE_IS_} bits to flip
 * @param required {@code PAGE_IS_} bits, all of them
 * @param anyOf {@code PAGE_IS_} bits, one of them; 0 for no such condition
 * @param returned {@code PAGE_IS_} bits to be told; ranges are cut where they differ
 * @param flags {@code PM_SCAN_} bits
 */
public record PageQuery(long inverted, long required, long anyOf, long returned, long flags) {
  /** The mapping can be write-protected by userfaultfd, asynchronously. */
  public static final long PAGE_IS_WPALLOWED = 1;

  /** Written to since it was write-protected; also when it never was. */
  public static final long PAGE_IS_WRITTEN = 1 << 1;

  /** Of a file, or anonymous and shared. */
  public static final long PAGE_IS_FILE = 1 << 2;

  /** In memory. */
  public static final long PAGE_IS_PRESENT = 1 << 3;

  /** Swapped out, or in a shape like it. */
  public static final long PAGE_IS_SWAPPED = 1 << 4;

  /** The page of zeroes that all share. */
  public static final long PAGE_IS_PFNZERO = 1 << 5;

  /** Part of a huge page. */
  public static final long PAGE_IS_HUGE = 1 << 6;

  /** Written to since {@code clear_refs}; only from kernels that track it. */
  public static final long PAGE_IS_SOFT_DIRTY = 1 << 7;

  /**
   * Installed as a guard with MADV_GUARD_INSTALL: touching it is a SIGSEGV. Kernels before 6.16
   * don't tell; leaving guards out by {@code inverted} and {@code required} works there too.
   */
  public static final long PAGE_IS_GUARD = 1 << 8;

  /** Write-protects what matches, in one step with looking. */
  public static final long PM_SCAN_WP_MATCHING = 1;

  /** Fails with EPERM where a mapping can't be write-protected. */
  public static final long PM_SCAN_CHECK_WPASYNC = 2;

  /**
   * Looks for pages that hold something: in memory or swapped, neither the shared zeroes nor a
   * guard. Kernels before 6.16 may show a guard as swapped. So does every kernel with a page that
   * was write-protected before it was ever touched; it reads as zeroes.
   *
   * @return told are file, swapped and present
   */
  public static PageQuery contents() {
    return new PageQuery(
        PAGE_IS_PFNZERO | PAGE_IS_GUARD,
        PAGE_IS_PFNZERO | PAGE_IS_GUARD,
        PAGE_IS_PRESENT | PAGE_IS_SWAPPED,
        PAGE_IS_FILE | PAGE_IS_PRESENT | PAGE_IS_SWAPPED,
        0);
  }

  /** Whether guards are only left out, so that a kernel which does not know them can do without. */
  boolean avoidsGuards() {
    return (inverted & PAGE_IS_GUARD) != 0
        && (required & PAGE_IS_GUARD) != 0
        && (anyOf & PAGE_IS_GUARD) == 0;
  }

  /** The same for a kernel that does not know guards. */
  PageQuery withoutGuards() {
    long others = ~PAGE_IS_GUARD;
    return new PageQuery(inverted & others, required & others, anyOf, returned & others, flags);
  }

  /** Whether a page of these categories matches, as the kernel decides. */
  boolean matches(long categories) {
    long flipped = categories ^ inverted;
    return (flipped & required) == required && (anyOf == 0 || (flipped & anyOf) != 0);
  }
}
