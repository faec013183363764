package org.stasis.shim.criu;

import java.util.ArrayList;
import java.util.List;
import org.stasis.engine.options.External;
import org.stasis.shim.Caller;

/** The several spellings of what is external. */
final class ExternalOptions {
  private final Settings settings;

  ExternalOptions(Settings settings) {
    this.settings = settings;
  }

  /**
   * All that is external: {@code --external} and the older options.
   *
   * @throws UsageException when one of them cannot be understood
   */
  List<External> all() throws UsageException {
    List<External> result = new ArrayList<>();
    for (String text : settings.list(CriuOption.EXTERNAL)) {
      result.add(TypedOptions.parsed(CriuOption.EXTERNAL, text, External::parse));
    }
    for (String text : settings.list(CriuOption.EXT_MOUNT_MAP)) {
      result.add(TypedOptions.parsed(CriuOption.EXT_MOUNT_MAP, text, ExternalOptions::mount));
    }
    for (String text : settings.list(CriuOption.VETH_PAIR)) {
      result.add(TypedOptions.parsed(CriuOption.VETH_PAIR, text, ExternalOptions::veth));
    }
    for (String text : settings.list(CriuOption.EXT_UNIX_SK)) {
      for (String inode : text.split(",", -1)) {
        if (!inode.isEmpty()) {
          String external = "unix[" + inode + "]";
          result.add(TypedOptions.parsed(CriuOption.EXT_UNIX_SK, external, External::parse));
        }
      }
    }
    return result;
  }

  /**
   * All that is external at a restore: what the caller names is found where it is for this process.
   *
   * @throws UsageException when one of them cannot be understood
   */
  List<External> provided(Caller caller) throws UsageException {
    List<External> result = new ArrayList<>();
    for (External external : all()) {
      result.add(
          switch (external) {
            case External.Mount(String key, String path) ->
                new External.Mount(key, caller.resolve(path).toString());
            case External.Device(String key, String path) ->
                new External.Device(key, caller.resolve(path).toString());
            default -> external; // names no path
          });
    }
    return result;
  }

  /** {@code KEY:VAL} or {@code auto}. */
  private static External mount(String text) {
    if (text.equals("auto")) {
      return new External.AutoMounts(false, false);
    }
    int colon = text.indexOf(':');
    if (colon <= 0 || colon == text.length() - 1) {
      throw new IllegalArgumentException("KEY:VAL or auto is needed");
    }
    return new External.Mount(text.substring(0, colon), text.substring(colon + 1));
  }

  /** {@code IN=OUT}, with the bridge after an at sign. */
  private static External veth(String text) {
    int equals = text.indexOf('=');
    if (equals <= 0) {
      throw new IllegalArgumentException("IN=OUT is needed");
    }
    return External.parse("veth[" + text.substring(0, equals) + "]:" + text.substring(equals + 1));
  }
}
