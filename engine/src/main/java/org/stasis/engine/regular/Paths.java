package org.stasis.engine.regular;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import org.stasis.linux.KernelString;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Plan;

/** Paths as bytes, for plans. */
final class Paths {
  private Paths() {}

  static Argument argument(ByteString path, Plan plan) {
    return plan.bytesWithNul(path.toByteArray());
  }

  static String text(ByteString path) {
    return KernelString.decode(path.toByteArray());
  }

  /** The directories above a path, the topmost first, without the root. */
  static List<ByteString> parents(ByteString path) {
    List<ByteString> parents = new ArrayList<>();
    for (int i = 1; i < path.size(); i++) {
      if (path.byteAt(i) == '/') {
        parents.add(path.substring(0, i));
      }
    }
    return parents;
  }

  /** The directory that a path's last name is in. */
  static ByteString parent(ByteString path) {
    List<ByteString> parents = parents(path);
    return parents.isEmpty() ? ByteString.copyFromUtf8("/") : parents.getLast();
  }
}
