/**
 * Internet sockets, both directions: TCP, UDP, UDP-Lite, raw and ping sockets of IPv4 and IPv6.
 * Capture asks the socket itself (getsockname(2), TCP_INFO of tcp(7), options of ip(7) and ipv6(7))
 * and sock_diag(7) for what is shut down; rebuild makes it anew under the same name. Sockets that
 * share a port are made by one task, for the order in which they are bound and listen matters.
 * Elsewhere: TCP connections and what keeps them silent ({@code tcp}), options common to all
 * sockets ({@code sockets}).
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.inet;
