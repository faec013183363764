/**
 * The {@code criu} door: its command line, configuration files and commands. Here lives whatever
 * must know what a word of that command line means. Elsewhere: the protocol of {@code swrk} and
 * {@code service} ({@code rpc}), the log ({@code org.stasis.shim.log}), what dumping is ({@code
 * org.stasis.engine}). For users: docs/criu-door.md.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.shim.criu;
