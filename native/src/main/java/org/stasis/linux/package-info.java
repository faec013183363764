/**
 * Linux as Java sees it: system calls, struct layouts, ptrace, pidfd, netlink, /proc readers; the
 * agent's channel.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.linux;
