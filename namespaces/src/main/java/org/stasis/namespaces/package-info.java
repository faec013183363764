/**
 * The namespaces of a tree, both directions: which it shares with its caller and which are its own
 * ({@link org.stasis.namespaces.TreeNamespaces}), and what is in those of its own: names ({@link
 * org.stasis.namespaces.UtsNamespace}), clocks ({@link org.stasis.namespaces.TimeNamespace}),
 * limits and objects of System V IPC ({@link org.stasis.namespaces.IpcNamespace}), network devices
 * ({@link org.stasis.namespaces.NetNamespace}). Elsewhere: what a mount namespace shows ({@code
 * mounts}), and where the root of a cgroup namespace is ({@code cgroup}).
 */
@org.jspecify.annotations.NullMarked
package org.stasis.namespaces;
