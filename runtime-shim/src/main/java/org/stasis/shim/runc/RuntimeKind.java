package org.stasis.shim.runc;

import java.util.Map;

/** Runtimes that differ in their habits. */
enum RuntimeKind {
  RUNC("runc"),
  CRUN("crun"),
  YOUKI("youki");

  private static final String SYSTEM = "/run/";
  private static final String USERS = "XDG_RUNTIME_DIR";

  private final String word;

  RuntimeKind(String word) {
    this.word = word;
  }

  /** The one that a program's name contains; runc, which many imitate, for other names. */
  static RuntimeKind named(String program) {
    for (RuntimeKind kind : new RuntimeKind[] {CRUN, YOUKI}) {
      if (program.contains(kind.word)) {
        return kind;
      }
    }
    return RUNC;
  }

  /**
   * Whether a program is of another kind than this, by its name; one with a name of its own may be.
   */
  boolean isContradictedBy(String program) {
    return named(program) != this && program.contains(named(program).word);
  }

  /** Its name. */
  String word() {
    return word;
  }

  /**
   * Where it keeps the state of its containers unless it is told a place.
   *
   * @param environment the caller's
   * @param uid the caller's user
   * @return an absolute path
   */
  String defaultRoot(Map<String, String> environment, int uid) {
    String own = environment.getOrDefault(USERS, "");
    boolean forUser = !own.isEmpty() && (this == CRUN || uid != 0);
    return forUser ? own + "/" + word : SYSTEM + word;
  }
}
