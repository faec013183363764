/**
 * TCP connections, both directions, through repair mode (TCP_REPAIR of tcp(7)): queues, sequence
 * numbers, windows, timestamps and what the ends have agreed on, in every state in which a program
 * can hold a connection. While a connection is captured, between the dump and the restore, and
 * until the restored one is whole, a packet filter keeps it silent: the peer sees a pause.
 *
 * <p>A socket is in repair mode only for as long as it is looked at, and again just before its
 * program is killed: closed in that mode, it says nothing to its peer. Elsewhere: names and options
 * of the socket ({@code inet}, {@code sockets}), the filter's table ({@code
 * org.stasis.linux.netfilter}).
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.tcp;
