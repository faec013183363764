/** Control groups as a resource kind: membership, properties, the freezer. */
module org.stasis.cgroup {
  requires static transitive org.jspecify;
  requires transitive org.stasis.engine;

  provides org.stasis.engine.spi.TreeKind with
      org.stasis.cgroup.ControlGroups;
}
