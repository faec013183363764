/**
 * Sockets of packet(7), both directions. Capture asks sock_diag(7) and the socket; rebuild makes it
 * without a protocol, so that nothing comes in, and binds it last. Packets that have come in are
 * dropped, as the network may do. Elsewhere: options common to all sockets ({@code sockets}).
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.packet;
