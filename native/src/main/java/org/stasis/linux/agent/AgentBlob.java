package org.stasis.linux.agent;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * agent.bin: the agent's code, and where its parts are ({@code struct agent_head} of agent.h). All
 * offsets count bytes from its start.
 */
public final class AgentBlob {
  private static final int MAGIC = 0x54415453;
  private static final int VERSION = 1;

  private final byte[] code;
  private final int[] head = new int[11];

  /**
   * Takes over the content of agent.bin.
   *
   * @param code the whole file
   */
  public AgentBlob(byte[] code) {
    this.code = code.clone();
    ByteBuffer buffer = ByteBuffer.wrap(this.code).order(ByteOrder.nativeOrder());
    for (int i = 0; i < head.length; i++) {
      head[i] = buffer.getInt();
    }
    if (head[0] != MAGIC || head[1] != VERSION) {
      throw new IllegalArgumentException("not an agent.bin of this version");
    }
  }

  /**
   * Reads agent.bin.
   *
   * @param file the file
   * @return the agent
   * @throws IOException when it cannot be read
   */
  public static AgentBlob read(Path file) throws IOException {
    return new AgentBlob(Files.readAllBytes(file));
  }

  /**
   * The code.
   *
   * @return a copy
   */
  public byte[] code() {
    return code.clone();
  }

  /**
   * How large the code is.
   *
   * @return bytes
   */
  public int sizeBytes() {
    return code.length;
  }

  /**
   * Entry in a captured task: channel in the first argument register, program in the second.
   *
   * @return offset
   */
  public int parasiteEntry() {
    return head[2];
  }

  /**
   * Entry in the root agent: channel, program, stack top.
   *
   * @return offset
   */
  public int rootEntry() {
    return head[3];
  }

  /**
   * The stub with its context, to be copied: one remote system call, then back to the task's own
   * registers.
   *
   * @return a copy of its bytes, context zeroed
   */
  public byte[] stub() {
    return java.util.Arrays.copyOfRange(code, head[4], head[7]);
  }

  /**
   * Where in the stub a task finds back to itself.
   *
   * @return offset from the start of the stub
   */
  public int stubReturn() {
    return head[5] - head[4];
  }

  /**
   * Where in the stub its context is.
   *
   * @return offset from the start of the stub
   */
  public int stubContext() {
    return head[6] - head[4];
  }

  /**
   * A lone system call instruction, for remote calls once the agent is mapped.
   *
   * @return offset
   */
  public int call() {
    return head[8];
  }

  /**
   * A function (leaf, subleaf, four ints) that executes CPUID, to be mapped and called by the
   * engine.
   *
   * @return offset
   */
  public int cpuid() {
    return head[9];
  }

  /**
   * Entry in a process that becomes the root task itself: channel, program, stack top. It never
   * returns.
   *
   * @return offset
   */
  public int boxEntry() {
    return head[10];
  }
}
