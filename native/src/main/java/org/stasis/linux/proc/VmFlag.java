package org.stasis.linux.proc;

/** What {@code VmFlags} of {@code /proc/PID/smaps} tells about a mapping, proc_pid_smaps(5). */
public enum VmFlag {
  READ("rd"),
  WRITE("wr"),
  EXEC("ex"),
  SHARED("sh"),
  MAY_READ("mr"),
  MAY_WRITE("mw"),
  MAY_EXEC("me"),
  MAY_SHARE("ms"),
  GROWS_DOWN("gd"),
  PFN_MAP("pf"),
  LOCKED("lo"),
  IO("io"),
  SEQUENTIAL("sr"),
  RANDOM("rr"),
  DONT_COPY("dc"),
  DONT_EXPAND("de"),
  LOCK_ON_FAULT("lf"),
  ACCOUNTED("ac"),
  NO_RESERVE("nr"),
  HUGETLB("ht"),
  SYNC("sf"),
  ARCH("ar"),
  WIPE_ON_FORK("wf"),
  DONT_DUMP("dd"),
  BRANCH_TARGETS("bt"),
  SOFT_DIRTY("sd"),
  MIXED_MAP("mm"),
  HUGE_PAGE("hg"),
  NO_HUGE_PAGE("nh"),
  MERGEABLE("mg"),
  UFFD_MISSING("um"),
  UFFD_WRITE_PROTECT("uw"),
  UFFD_MINOR("ui"),
  MEMORY_TAGS("mt"),
  SHADOW_STACK("ss"),
  DROPPABLE("dp"),
  SEALED("sl"),
  GUARDED("gu");

  private static final VmFlag[] BY_CODE = new VmFlag[32 * 32];

  static {
    for (VmFlag flag : values()) {
      BY_CODE[index(flag.code.charAt(0), flag.code.charAt(1))] = flag;
    }
  }

  private final String code;

  VmFlag(String code) {
    this.code = code;
  }

  /**
   * The kernel's letters.
   *
   * @return two of them
   */
  public String code() {
    return code;
  }

  @SuppressWarnings("EnumOrdinal") // a bit in a set that never leaves this process
  long bit() {
    return 1L << ordinal();
  }

  /** The flag of two letters; null for one that this version does not know. */
  static @org.jspecify.annotations.Nullable VmFlag of(String code) {
    boolean letters = code.length() == 2 && isLetter(code.charAt(0)) && isLetter(code.charAt(1));
    return letters ? BY_CODE[index(code.charAt(0), code.charAt(1))] : null;
  }

  private static boolean isLetter(char c) {
    return c >= 'a' && c <= 'z';
  }

  private static int index(char first, char second) {
    return (first & 31) << 5 | (second & 31);
  }
}
