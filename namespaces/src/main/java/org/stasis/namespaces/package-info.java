/** Namespaces as a resource kind: pid, uts, ipc, net, cgroup, time, user. */
@org.jspecify.annotations.NullMarked
package org.stasis.namespaces;
