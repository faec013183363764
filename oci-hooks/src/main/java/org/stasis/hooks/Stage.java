package org.stasis.hooks;

/** The stages of a container's life at which the hook is called. */
enum Stage {
  /** The container's namespaces exist; its root is not yet its root. */
  CREATE_RUNTIME("createRuntime"),
  /** The program runs. */
  POSTSTART("poststart"),
  /** The container is no more. */
  POSTSTOP("poststop");

  private final String word;

  Stage(String word) {
    this.word = word;
  }

  /** The stage by its name in config.json. */
  static Stage named(String word) throws HookFailure {
    for (Stage stage : values()) {
      if (stage.word.equals(word)) {
        return stage;
      }
    }
    throw new HookFailure("no stage of ours: " + word + "; createRuntime, poststart or poststop");
  }
}
