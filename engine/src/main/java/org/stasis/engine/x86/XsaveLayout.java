package org.stasis.engine.x86;

import java.util.EnumMap;
import java.util.Map;
import org.stasis.linux.x86.Cpuid;

/**
 * Where this processor keeps the components of an XSAVE area: CPUID leaf 0xD, subleaf = component,
 * EAX the size and EBX the offset. Vendors differ.
 */
public final class XsaveLayout {
  private static final int LEAF = 0xd;

  private final Map<XsaveComponent, Integer> offsets = new EnumMap<>(XsaveComponent.class);

  /**
   * Asks the processor.
   *
   * @param cpuid executes the instruction
   */
  public XsaveLayout(Cpuid cpuid) {
    for (XsaveComponent component : XsaveComponent.values()) {
      int[] answer = cpuid.ask(LEAF, component.number());
      if (answer[0] >= component.sizeBytes()) {
        offsets.put(component, answer[1]);
      }
    }
  }

  /** First byte of a component; 0 when the processor lacks it. */
  int offset(XsaveComponent component) {
    return offsets.getOrDefault(component, 0);
  }
}
