/** The doors: criu, stasis-runc and stasis; the resident engine; archives. */
module org.stasis.shim {
  requires static transitive org.jspecify;
  requires transitive org.stasis.engine;
  requires org.stasis.cgroup;
  requires org.stasis.namespaces;
  requires org.stasis.mounts;
  requires ch.qos.logback.classic;
  requires ch.qos.logback.core;
  requires info.picocli;
  requires org.slf4j;
  requires tools.jackson.core;
}
