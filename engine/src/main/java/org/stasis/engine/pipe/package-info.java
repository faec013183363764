/**
 * Pipes, both directions: ends, capacity, packet mode and content. FIFOs, which have a name, are in
 * a room of their own but share the queue's form.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.pipe;
