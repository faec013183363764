/**
 * Epoll descriptors, both directions: what they watch, and under which number each file was added,
 * which need not be a number it still has.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.epoll;
