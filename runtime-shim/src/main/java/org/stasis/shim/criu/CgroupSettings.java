package org.stasis.shim.criu;

import java.util.ArrayList;
import java.util.List;
import org.stasis.engine.options.CgroupMode;
import org.stasis.engine.options.CgroupOptions;
import org.stasis.engine.options.CgroupRoot;
import org.stasis.shim.Caller;

/** What is asked for about control groups. */
final class CgroupSettings {
  private final Settings settings;
  private final Caller caller;

  CgroupSettings(Settings settings, Caller caller) {
    this.settings = settings;
    this.caller = caller;
  }

  CgroupOptions read() throws UsageException {
    List<CgroupRoot> roots = new ArrayList<>();
    for (String text : settings.list(CriuOption.CGROUP_ROOT)) {
      roots.add(TypedOptions.parsed(CriuOption.CGROUP_ROOT, text, CgroupRoot::parse));
    }
    String mode = settings.value(CriuOption.MANAGE_CGROUPS).orElse("");
    return new CgroupOptions(
        mode.isEmpty()
            ? CgroupMode.SOFT
            : TypedOptions.parsed(CriuOption.MANAGE_CGROUPS, mode, CgroupMode::parse),
        roots,
        settings.value(CriuOption.CGROUP_PROPS),
        settings.value(CriuOption.CGROUP_PROPS_FILE).map(caller::resolve),
        settings.list(CriuOption.CGROUP_DUMP_CONTROLLER),
        settings.value(CriuOption.CGROUP_YARD).map(caller::resolve));
  }
}
