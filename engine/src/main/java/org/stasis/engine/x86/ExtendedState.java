package org.stasis.engine.x86;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.stasis.engine.StasisException;
import org.stasis.images.proto.ThreadInfoX86;
import org.stasis.images.proto.UserX86FpregsEntry;
import org.stasis.images.proto.UserX86XsaveEntry;

/**
 * Floating point and vector registers, both directions: an XSAVE area in the standard format (Intel
 * SDM volume 1, chapter 13), as ptrace(2) NT_X86_XSTATE has it.
 *
 * <pre>
 *   0    512  FXSAVE image: control words, x87 registers, SSE registers
 *   464    8  (in the kernel's software area) the features this kernel saves
 *   512   64  header: XSTATE_BV, XCOMP_BV, reserved
 *   576    …  the other components, where CPUID leaf 0xD says
 * </pre>
 */
public final class ExtendedState {
  private static final int HEADER = 512;
  private static final int LEGACY_AND_HEADER = 576;
  private static final int X87_WORDS = 32;
  private static final int SSE_WORDS = 64;
  private static final int ST_SPACE = 32;
  private static final int XMM_SPACE = 160;
  private static final long LEGACY = 0x3;

  /** Components that images have a place for. */
  private static final long KNOWN = 0x3 | 1 << 2 | 1 << 3 | 1 << 4 | 0xe0 | 1 << 9;

  private ExtendedState() {}

  /**
   * Components in use that no image can hold.
   *
   * @param area a thread's XSAVE area
   * @return a bit mask as in XSTATE_BV; 0 when all can be held
   */
  public static long uncarried(byte[] area) {
    if (area.length < LEGACY_AND_HEADER) {
      return 0;
    }
    return buffer(area).getLong(HEADER) & ~KNOWN;
  }

  private static ByteBuffer buffer(byte[] area) {
    return ByteBuffer.wrap(area).order(ByteOrder.nativeOrder());
  }

  /**
   * Describes an area for the image.
   *
   * @param area a thread's
   * @param layout where this processor keeps the components
   * @param info takes it
   */
  public static void capture(byte[] area, XsaveLayout layout, ThreadInfoX86.Builder info) {
    ByteBuffer in = buffer(area);
    UserX86FpregsEntry.Builder fpu =
        UserX86FpregsEntry.newBuilder()
            .setCwd(in.getShort(0) & 0xffff)
            .setSwd(in.getShort(2) & 0xffff)
            .setTwd(in.getShort(4) & 0xffff)
            .setFop(in.getShort(6) & 0xffff)
            .setRip(in.getLong(8))
            .setRdp(in.getLong(16))
            .setMxcsr(in.getInt(24))
            .setMxcsrMask(in.getInt(28));
    for (int i = 0; i < X87_WORDS; i++) {
      fpu.addStSpace(in.getInt(ST_SPACE + 4 * i));
    }
    for (int i = 0; i < SSE_WORDS; i++) {
      fpu.addXmmSpace(in.getInt(XMM_SPACE + 4 * i));
    }
    if (area.length >= LEGACY_AND_HEADER) {
      fpu.setXsave(xsave(in, layout));
    }
    info.setFpregs(fpu);
  }

  private static UserX86XsaveEntry xsave(ByteBuffer in, XsaveLayout layout) {
    UserX86XsaveEntry.Builder xsave =
        UserX86XsaveEntry.newBuilder().setXstateBv(in.getLong(HEADER) & KNOWN);
    for (XsaveComponent component : XsaveComponent.values()) {
      int offset = layout.offset(component);
      if (offset == 0 || offset + component.sizeBytes() > in.capacity()) {
        continue; // not a component of this processor
      }
      component.capture(in, offset, xsave);
    }
    return xsave.build();
  }

  /**
   * Makes an area from the image.
   *
   * @param entry as the image has it
   * @param like an area of this kernel, for size and feature mask
   * @param layout where this processor keeps the components
   * @param task for the message
   * @return an area to be set with NT_X86_XSTATE
   * @throws StasisException when a component in use is missing here
   */
  public static byte[] restore(
      UserX86FpregsEntry entry, byte[] like, XsaveLayout layout, String task)
      throws StasisException {
    byte[] area = new byte[like.length];
    ByteBuffer out = buffer(area);
    // the kernel looks at this mask of its own when it takes the area back
    out.putLong(464, buffer(like).getLong(464));
    out.putShort(0, (short) entry.getCwd());
    out.putShort(2, (short) entry.getSwd());
    out.putShort(4, (short) entry.getTwd());
    out.putShort(6, (short) entry.getFop());
    out.putLong(8, entry.getRip());
    out.putLong(16, entry.getRdp());
    out.putInt(24, entry.getMxcsr());
    out.putInt(28, entry.getMxcsrMask());
    for (int i = 0; i < Math.min(X87_WORDS, entry.getStSpaceCount()); i++) {
      out.putInt(ST_SPACE + 4 * i, entry.getStSpace(i));
    }
    for (int i = 0; i < Math.min(SSE_WORDS, entry.getXmmSpaceCount()); i++) {
      out.putInt(XMM_SPACE + 4 * i, entry.getXmmSpace(i));
    }
    if (area.length < LEGACY_AND_HEADER) {
      return area;
    }
    long present = LEGACY;
    UserX86XsaveEntry xsave = entry.getXsave();
    for (XsaveComponent component : XsaveComponent.values()) {
      long bit = component.bit();
      if ((xsave.getXstateBv() & bit) == 0) {
        continue;
      }
      int offset = layout.offset(component);
      if (offset == 0
          || offset + component.sizeBytes() > area.length
          || !component.restore(xsave, out, offset)) {
        throw new StasisException(
            task,
            "restoring registers",
            "this processor has no " + component + ", which the task uses",
            0,
            "Restore on a processor with the features of the one dumped on.",
            null);
      }
      present |= bit;
    }
    out.putLong(HEADER, present);
    return area;
  }
}
