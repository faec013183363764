/**
 * Open files whatever their kind: the list of kinds, in the order they are asked, and what a
 * description has besides its kind: owner and signal of asynchronous input. Each kind has a room of
 * its own.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.files;
