package org.stasis.hooks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.stasis.shim.runc.JsonObject;
import org.stasis.shim.runc.RuntimeFailure;

/**
 * What is recorded of a container.
 *
 * <table>
 * <caption>{@code /run/stasis/containers/ID.json}</caption>
 * <tr><td>id, bundle</td><td>as the runtime told</td></tr>
 * <tr><td>init</td><td>pid, startTicks: the first process</td></tr>
 * <tr><td>runtime</td><td>path; root, where it was given</td></tr>
 * <tr><td>bindMounts</td><td>destination, source, and the source's device and inode</td></tr>
 * <tr><td>namespaces</td><td>type, inode; path of those that were given</td></tr>
 * <tr><td>devices</td><td>path, type, major, minor</td></tr>
 * <tr><td>terminal, standardFiles</td><td>whether it has a console; what its first process has as
 * 0 to 2</td></tr>
 * <tr><td>checkpoint</td><td>the policy: everySeconds, keep, directory, options</td></tr>
 * </table>
 *
 * @param json all of it
 */
record ContainerRecord(JsonObject json) {
  /** Put together when the container is made. */
  static ContainerRecord of(
      ContainerState state,
      Init init,
      CallingRuntime runtime,
      Map<String, Object> surroundings,
      Optional<CheckpointPolicy> policy) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    members.put("id", state.id());
    members.put("bundle", state.bundle());
    members.put("init", Map.of("pid", init.pid(), "startTicks", init.startTicks()));
    Map<String, Object> caller = new LinkedHashMap<>(Map.of("path", runtime.path()));
    runtime.root().ifPresent(root -> caller.put("root", root));
    members.put("runtime", caller);
    members.putAll(surroundings);
    policy.ifPresent(asked -> members.put("checkpoint", asked.json()));
    return new ContainerRecord(new JsonObject(members));
  }

  /** From the text of a record. */
  static ContainerRecord parse(Path file, String text) throws IOException {
    try {
      return new ContainerRecord(JsonObject.parse(file.toString(), text));
    } catch (RuntimeFailure e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  String id() {
    return json.text("id").orElseThrow();
  }

  Init init() {
    JsonObject init = json.object("init");
    return new Init((int) init.number("pid", 0), init.number("startTicks", 0));
  }

  CallingRuntime runtime() {
    JsonObject runtime = json.object("runtime");
    return new CallingRuntime(runtime.text("path").orElseThrow(), runtime.text("root"), false);
  }

  Optional<CheckpointPolicy> policy() {
    return CheckpointPolicy.fromJson(json.object("checkpoint"));
  }
}
