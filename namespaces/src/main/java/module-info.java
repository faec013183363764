/** Namespaces as a resource kind: pid, uts, ipc, net, cgroup, time, user. */
module org.stasis.namespaces {
  requires static transitive org.jspecify;
  requires transitive org.stasis.engine;

  provides org.stasis.engine.spi.TreeKind with
      org.stasis.namespaces.TreeNamespaces;
}
