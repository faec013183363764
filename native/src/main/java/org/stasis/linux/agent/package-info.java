/**
 * The agent as Java sees it: operations, programs and plans, the channel they travel in, and the
 * parts of agent.bin. The C side is {@code src/main/c/agent.h}; AgentLayoutTest holds the two
 * together. Here lives nothing that knows a file, a socket or an image.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.linux.agent;
