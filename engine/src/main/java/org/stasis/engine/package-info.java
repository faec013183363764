/**
 * The public face of the engine: {@link org.stasis.engine.CheckpointEngine}, what it is told, what
 * it answers, and how it fails. Doors and other Java programs see this package and {@code
 * org.stasis.engine.options}; resource kinds see {@code org.stasis.engine.spi}.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.engine;
