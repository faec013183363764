/**
 * Sockets as the kernel shows them: options, names, queues read without taking anything, TCP repair
 * mode, and what sock_diag(7) tells. Only the calls and their structures; what they mean for a dump
 * or a restore is the engine's business.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.linux.socket;
