/**
 * Signalfd descriptors, both directions: the signals one takes. The signals themselves are queued
 * in tasks.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine.signalfd;
