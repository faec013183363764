/**
 * Linux as Java sees it: system calls, struct layouts, ptrace, pidfd, netlink, /proc readers; the
 * agent's channel.
 */
module org.stasis.linux {
  requires static transitive org.jspecify;

  exports org.stasis.linux;
  exports org.stasis.linux.agent;
  exports org.stasis.linux.bpf;
  exports org.stasis.linux.ipc;
  exports org.stasis.linux.netfilter;
  exports org.stasis.linux.socket;
  exports org.stasis.linux.proc;
  exports org.stasis.linux.x86;
}
