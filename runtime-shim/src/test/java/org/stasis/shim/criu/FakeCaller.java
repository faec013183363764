package org.stasis.shim.criu;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.RootAgent;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.shim.IdleCaller;

/** A caller whose working directory and standard descriptors are files of a test. */
public final class FakeCaller implements IdleCaller, AutoCloseable {
  public final Map<String, String> environment = new HashMap<>();
  public final List<List<String>> executed = new ArrayList<>();
  final List<Runnable> onCancel = new ArrayList<>();
  private final Map<Integer, Fd> descriptors = new HashMap<>();
  private final Path directory;
  private List<String> arguments = List.of("criu");
  public final List<List<String>> ran = new ArrayList<>();
  public String realRuntime = "/usr/sbin/runc";
  public int statusOfRun;
  public int effectiveUid;
  boolean executedWithOutput;
  boolean awaitedChildren;

  public FakeCaller(Path directory) throws IOException {
    this.directory = directory;
    for (int number = 0; number <= 2; number++) {
      int flags = Open.O_RDWR | Open.O_CREAT | Open.O_APPEND | Open.O_CLOEXEC;
      String file = directory.resolve("standard-" + number).toString();
      descriptors.put(number, Fd.open(file, flags, 0600));
    }
    environment.put("PATH", "/usr/bin:/bin");
  }

  public FakeCaller calling(String... words) {
    arguments = new ArrayList<>(List.of("criu"));
    arguments.addAll(List.of(words));
    return this;
  }

  public void put(int number, Fd descriptor) {
    descriptors.put(number, descriptor);
  }

  public void drop(int... numbers) throws SyscallException {
    for (int number : numbers) {
      Fd descriptor = descriptors.remove(number);
      if (descriptor != null) {
        descriptor.close();
      }
    }
  }

  public String output() throws IOException {
    return Files.readString(directory.resolve("standard-1"));
  }

  public String error() throws IOException {
    return Files.readString(directory.resolve("standard-2"));
  }

  @Override
  public List<String> arguments() {
    return arguments;
  }

  @Override
  public Map<String, String> environment() {
    return environment;
  }

  @Override
  public int pid() {
    return (int) ProcessHandle.current().pid();
  }

  @Override
  public int effectiveUid() {
    return effectiveUid;
  }

  @Override
  public Path workingDirectory() {
    return directory;
  }

  @Override
  public Path resolve(String path) {
    return directory.resolve(path);
  }

  @Override
  public Fd descriptor(int number) throws SyscallException {
    Fd descriptor = descriptors.get(number);
    if (descriptor == null) {
      throw new SyscallException("pidfd_getfd " + number, Errno.EBADF.number());
    }
    return descriptor.duplicate();
  }

  @Override
  public RootAgent rootAgent() {
    return (RootAgent)
        Proxy.newProxyInstance(
            RootAgent.class.getClassLoader(),
            new Class<?>[] {RootAgent.class},
            (proxy, method, arguments) -> {
              throw new UnsupportedOperationException(method + ": no test creates tasks");
            });
  }

  @Override
  public void awaitChildren() {
    awaitedChildren = true;
  }

  @Override
  public int run(List<String> command, List<Fd> passed) {
    ran.add(command);
    return statusOfRun;
  }

  @Override
  public int runAttended(List<String> command) {
    return run(command, List.of());
  }

  @Override
  public String realRuntime() {
    return realRuntime;
  }

  @Override
  public void execute(List<String> command, @Nullable Fd output) {
    executed.add(command);
    executedWithOutput = output != null;
  }

  @Override
  public boolean cancelled() {
    return false;
  }

  @Override
  public synchronized void onCancel(Runnable action) {
    onCancel.add(action);
  }

  @Override
  public void close() throws SyscallException {
    for (Fd descriptor : descriptors.values()) {
      descriptor.close();
    }
  }
}
