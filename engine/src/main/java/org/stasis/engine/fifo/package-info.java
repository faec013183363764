/**
 * FIFOs, both directions: named pipes. Name and open flags are those of a file with a path, the
 * queue is that of a pipe.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.fifo;
