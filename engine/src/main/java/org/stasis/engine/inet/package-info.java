/**
 * Internet sockets without a connection to keep, both directions: TCP that listens, is bound or
 * unused, and UDP. Capture asks the socket itself (getsockname(2), TCP_INFO of tcp(7), options of
 * ip(7) and ipv6(7)); rebuild makes it anew under the same name. Established TCP is refused by
 * name. Elsewhere: options common to all sockets ({@code sockets}).
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.inet;
