/**
 * What all sockets have in common, both directions: the options of socket(7) that every family
 * knows, socket filters, owner and status flags of the open file. Elsewhere: what belongs to one
 * family ({@code unix}, {@code inet}, {@code tcp}, {@code netlink}, {@code packet}), and the calls
 * themselves ({@code org.stasis.linux.socket}).
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.sockets;
