package org.stasis.engine.options;

/**
 * A security label.
 *
 * @param module the security module it belongs to
 * @param label profile name or context; without meaning for {@link Module#NONE}
 */
public record LsmProfile(Module module, String label) {
  /** Security modules. */
  public enum Module {
    /** No label, whatever the images say. */
    NONE,
    /** AppArmor. */
    APPARMOR,
    /** SELinux. */
    SELINUX
  }

  /**
   * Reads {@code TYPE:NAME}.
   *
   * @param text value of {@code --lsm-profile}
   * @return what it means
   * @throws IllegalArgumentException when it has another form or the type is unknown
   */
  public static LsmProfile parse(String text) {
    int colon = text.indexOf(':');
    String type = colon < 0 ? "" : text.substring(0, colon);
    Module module =
        switch (type) {
          case "none" -> Module.NONE;
          case "apparmor" -> Module.APPARMOR;
          case "selinux" -> Module.SELINUX;
          default ->
              throw new IllegalArgumentException(
                  "bad security profile \"" + text + "\": apparmor:NAME, selinux:LABEL or none:");
        };
    return new LsmProfile(module, text.substring(colon + 1));
  }
}
