/**
 * Terminals, both directions: pseudo-terminals with both ends or one, terminals of the caller,
 * consoles, {@code /dev/tty}; whose controlling terminal they are; settings, window size, and what
 * was written to one end and not yet read from the other.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.tty;
