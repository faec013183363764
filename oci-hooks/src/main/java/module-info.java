/** OCI hooks: hooks.d entries and the program they start. */
module org.stasis.hooks {
  requires static transitive org.jspecify;
  requires org.stasis.linux;
  requires transitive org.stasis.shim;

  provides org.stasis.shim.HookCommand with
      org.stasis.hooks.Hooks;
}
