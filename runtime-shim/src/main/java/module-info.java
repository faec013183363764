/** The doors: criu, stasis-runc and stasis; the resident engine; archives. */
module org.stasis.shim {
  requires static transitive org.jspecify;
  requires transitive org.stasis.engine;
  requires org.stasis.cgroup;
  requires org.stasis.namespaces;
  requires org.stasis.mounts;
  requires aircompressor.v3;
  requires info.picocli;
  requires jdk.unsupported; // sun.misc.Unsafe, which aircompressor cannot ask for itself
  requires org.slf4j;
  requires tools.jackson.core;

  uses org.stasis.shim.HookCommand;

  exports org.stasis.shim to
      org.stasis.hooks;
  exports org.stasis.shim.engine to
      org.stasis.hooks;
  exports org.stasis.shim.runc to
      org.stasis.hooks;

  provides org.slf4j.spi.SLF4JServiceProvider with
      org.stasis.shim.log.SessionLogProvider;
}
