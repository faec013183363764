package org.stasis.engine;

/** The stages of a dump or restore that action scripts and RPC clients are told of, in order. */
public enum Action {
  PRE_DUMP("pre-dump", true),
  NETWORK_LOCK("network-lock", true),
  QUERY_EXT_FILES("query-ext-files", true),
  POST_DUMP("post-dump", true),
  PRE_RESTORE("pre-restore", true),
  SETUP_NAMESPACES("setup-namespaces", true),
  POST_SETUP_NAMESPACES("post-setup-namespaces", true),
  ORPHAN_PTS_MASTER("orphan-pts-master", true),
  POST_RESTORE("post-restore", true),
  NETWORK_UNLOCK("network-unlock", false),
  PRE_RESUME("pre-resume", false),
  POST_RESUME("post-resume", false),
  STATUS_READY("status-ready", true),
  PRE_STREAM("pre-stream", true);

  private final String word;
  private final boolean mayRefuse;

  Action(String word, boolean mayRefuse) {
    this.word = word;
    this.mayRefuse = mayRefuse;
  }

  /**
   * The name that scripts and RPC clients know.
   *
   * @return such as {@code post-dump}
   */
  public String word() {
    return word;
  }

  /**
   * Whether a refusal aborts; else it is only logged.
   *
   * @return true when it aborts
   */
  public boolean mayRefuse() {
    return mayRefuse;
  }
}
