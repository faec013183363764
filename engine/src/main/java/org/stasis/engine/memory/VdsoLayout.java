package org.stasis.engine.memory;

import java.util.List;
import org.stasis.images.proto.VmaEntry;

/**
 * Where the vDSO and its data are: one block of data ([vvar] and its kin) directly below the code.
 *
 * @param start first byte of the data, or of the code where there is no data
 * @param dataBytes the data, 0 for none
 * @param codeBytes the code, 0 when there is no vDSO
 * @param contiguous whether the code follows the data
 */
public record VdsoLayout(long start, long dataBytes, long codeBytes, boolean contiguous) {
  /**
   * Finds it among the mappings of an image.
   *
   * @param vmas of a task
   * @return the layout; empty when the task has no vDSO
   */
  public static VdsoLayout of(List<VmaEntry> vmas) {
    long dataStart = 0;
    long dataEnd = 0;
    long codeStart = 0;
    long codeEnd = 0;
    for (VmaEntry vma : vmas) {
      if ((vma.getStatus() & VmaStatus.VVAR) != 0) {
        dataStart = dataStart == 0 ? vma.getStart() : dataStart;
        dataEnd = vma.getEnd();
      } else if ((vma.getStatus() & VmaStatus.VDSO) != 0) {
        codeStart = vma.getStart();
        codeEnd = vma.getEnd();
      }
    }
    return new VdsoLayout(
        dataStart == 0 ? codeStart : dataStart,
        dataEnd - dataStart,
        codeEnd - codeStart,
        dataStart == 0 || dataEnd == codeStart);
  }

  /**
   * Whether there is no vDSO.
   *
   * @return true when there is none
   */
  public boolean isEmpty() {
    return codeBytes == 0;
  }

  /**
   * Whether a vDSO of another task or kernel looks the same, wherever it is.
   *
   * @param other to compare with
   * @return true when it has the same shape
   */
  public boolean sameShape(VdsoLayout other) {
    return dataBytes == other.dataBytes
        && codeBytes == other.codeBytes
        && contiguous
        && other.contiguous;
  }

  @Override
  public String toString() {
    return dataBytes + " bytes of data and " + codeBytes + " of code";
  }
}
