/**
 * Sockets of netlink(7), both directions. Capture asks sock_diag(7) for address and groups; rebuild
 * binds under the same address and joins the groups. Messages are the kernel's answers and news,
 * which nobody can have it say again: a socket with unread ones is refused. Elsewhere: options
 * common to all sockets ({@code sockets}).
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.netlink;
