package org.stasis.engine;

import java.io.IOException;
import java.nio.file.Path;
import org.stasis.engine.x86.XsaveLayout;
import org.stasis.linux.SyscallException;
import org.stasis.linux.agent.AgentBlob;
import org.stasis.linux.x86.Cpuid;

/**
 * What an engine is made of besides Java: the agent, and what this processor is like. Made once,
 * and shared by all sessions.
 */
public final class Installation {
  private final AgentBlob agent;
  private final XsaveLayout xsave;

  /**
   * Loads it.
   *
   * @param agentFile agent.bin of the distribution
   * @throws IOException when it cannot be read
   */
  public Installation(Path agentFile) throws IOException {
    this.agent = AgentBlob.read(agentFile);
    try {
      this.xsave = new XsaveLayout(new Cpuid(agent));
    } catch (SyscallException e) {
      throw new IOException("cannot map " + agentFile, e);
    }
  }

  /**
   * The agent.
   *
   * @return agent.bin
   */
  public AgentBlob agent() {
    return agent;
  }

  /**
   * Where this processor keeps extended state.
   *
   * @return the layout
   */
  public XsaveLayout xsave() {
    return xsave;
  }
}
