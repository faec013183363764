/**
 * Unix sockets, both directions: stream, datagram and seqpacket sockets; unnamed, abstract and
 * bound to files; listening with connections that wait, connected inside the tree, half closed,
 * left alone; and what is in their queues, descriptors included.
 *
 * <p>Capture asks sock_diag(7) who is connected to whom, the bound file by SIOCUNIXFILE, and reads
 * queues with MSG_PEEK. Rebuild makes all sockets that are connected, or share a name, in one task.
 * A connection that the kernel would tell from a socketpair(2), because an end has a name, is made
 * by connect(2) and accept(2). Elsewhere: options common to all sockets ({@code sockets}), the walk
 * through a queue ({@code org.stasis.linux.socket}), the images' messages ({@code images}).
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.unix;
