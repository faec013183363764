package org.stasis.shim.engine;

import java.lang.module.ModuleDescriptor;
import org.jspecify.annotations.Nullable;

/** The version of Stasis. */
public final class EngineVersion {
  private EngineVersion() {}

  /**
   * The version, as the build recorded it in the module.
   *
   * @return such as {@code 0.1.0}
   */
  public static String text() {
    @Nullable ModuleDescriptor module = EngineVersion.class.getModule().getDescriptor();
    return module == null ? "(not built as a module)" : module.rawVersion().orElse("(no version)");
  }
}
