/**
 * The protocol of {@code criu swrk} and {@code criu service}: messages of rpc.proto, one a
 * datagram, over a Unix socket that keeps them apart. Here lives whatever must know the order of
 * messages and what a reply looks like. Elsewhere: what a request means ({@code
 * org.stasis.shim.criu}), the socket ({@code org.stasis.linux}).
 */
@org.jspecify.annotations.NullMarked
package org.stasis.shim.criu.rpc;
