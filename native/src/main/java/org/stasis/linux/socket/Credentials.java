package org.stasis.linux.socket;

/**
 * {@code struct ucred} of unix(7): who sent a message, or who a peer is.
 *
 * @param pid in the asking process's pid namespace; 0 when it cannot be seen there
 * @param uid in the asking process's user namespace
 * @param gid in the asking process's user namespace
 */
public record Credentials(int pid, int uid, int gid) {}
