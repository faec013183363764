package org.stasis.linux.foreign;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.KernelString;

/**
 * Native memory for the arguments of one call: a frame on a stack that each thread keeps.
 *
 * <p>Opening and closing a frame costs two field writes, where an arena costs an allocation in the
 * C heap and a session. Frames nest; the one opened last is closed first. What does not fit into
 * the thread's block comes from an arena of its own. The thread holds the block, so its memory is
 * reachable for as long as the call lasts.
 */
public final class Scratch implements AutoCloseable {
  private static final int BLOCK_BYTES = 32 << 10;
  private static final ThreadLocal<Block> BLOCK = ThreadLocal.withInitial(Block::new);

  private final Block block;
  private final long mark;
  private @Nullable Arena overflow;

  private Scratch(Block block) {
    this.block = block;
    this.mark = block.top;
  }

  /**
   * Opens a frame on the calling thread's stack.
   *
   * @return the frame, to be closed by the same thread
   */
  public static Scratch open() {
    return new Scratch(BLOCK.get());
  }

  /**
   * Takes zeroed memory.
   *
   * @param bytes how much
   * @return memory aligned to 16 bytes, valid until this frame is closed
   */
  public MemorySegment allocate(long bytes) {
    MemorySegment memory = allocateDirty(bytes);
    memory.fill((byte) 0);
    return memory;
  }

  /**
   * Takes memory that the kernel is going to fill.
   *
   * @param bytes how much
   * @return memory of unknown content, aligned to 16 bytes, valid until this frame is closed
   */
  @SuppressWarnings("MustBeClosedChecker") // close() closes it
  public MemorySegment allocateDirty(long bytes) {
    long start = (block.top + 15) & ~15L;
    if (bytes > BLOCK_BYTES - start) {
      if (overflow == null) {
        overflow = Arena.ofConfined();
      }
      return overflow.allocate(bytes, 16);
    }
    block.top = start + bytes;
    return block.memory.asSlice(start, bytes);
  }

  /**
   * Takes zeroed memory for one structure.
   *
   * @param layout the structure
   * @return its memory, valid until this frame is closed
   */
  public MemorySegment allocate(MemoryLayout layout) {
    return allocate(layout.byteSize());
  }

  /**
   * Places a text for the kernel.
   *
   * @param text what {@link KernelString} can encode
   * @return its bytes and a terminating zero, valid until this frame is closed
   */
  public MemorySegment string(String text) {
    byte[] bytes = KernelString.encode(text);
    MemorySegment memory = allocateDirty(bytes.length + 1L);
    copyIn(bytes, 0, memory, bytes.length);
    memory.set(java.lang.foreign.ValueLayout.JAVA_BYTE, bytes.length, (byte) 0);
    return memory;
  }

  /**
   * Places bytes for the kernel.
   *
   * @param bytes what to copy
   * @return the copy, valid until this frame is closed
   */
  public MemorySegment bytes(byte[] bytes) {
    MemorySegment memory = allocateDirty(bytes.length);
    copyIn(bytes, 0, memory, bytes.length);
    return memory;
  }

  private static void copyIn(byte[] from, int offset, MemorySegment to, int length) {
    MemorySegment.copy(from, offset, to, java.lang.foreign.ValueLayout.JAVA_BYTE, 0, length);
  }

  @Override
  public void close() {
    block.top = mark;
    if (overflow != null) {
      overflow.close();
    }
  }

  private static final class Block {
    private final MemorySegment memory = Arena.ofAuto().allocate(BLOCK_BYTES, 16);
    private long top;
  }
}
