package org.stasis.shim;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Fd;

/** A caller whose process is asked to do nothing: what a test expects it to do, it says itself. */
public interface IdleCaller extends Caller {
  @Override
  default int run(List<String> command, List<Fd> passed) {
    throw new UnsupportedOperationException();
  }

  @Override
  default int runAttended(List<String> command) {
    throw new UnsupportedOperationException();
  }

  @Override
  default String realRuntime() {
    throw new UnsupportedOperationException();
  }

  @Override
  default void cleanUpLater(List<String> command) {
    throw new UnsupportedOperationException();
  }

  @Override
  default void forgetCleaning() {
    throw new UnsupportedOperationException();
  }

  @Override
  default void adoptOrphans() {
    throw new UnsupportedOperationException();
  }

  @Override
  default int attendChild(int child, @Nullable Fd console) {
    throw new UnsupportedOperationException();
  }
}
