/** Capture and rebuild of process state; the plan; sessions; the SPI for resource kinds. */
@org.jspecify.annotations.NullMarked
package org.stasis.engine;
