package org.stasis.namespaces;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.Stage;
import org.stasis.images.ImageKind;
import org.stasis.images.proto.UtsnsEntry;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;

/** The names of a UTS namespace, uts_namespaces(7). */
final class UtsNamespace {
  private static final Sysctl NODE = new Sysctl("kernel/hostname");
  private static final Sysctl DOMAIN = new Sysctl("kernel/domainname");

  private UtsNamespace() {}

  /** Reads the names; in a thread inside. */
  static UtsnsEntry capture() throws SyscallException {
    String node = NODE.read();
    String domain = DOMAIN.read();
    return UtsnsEntry.newBuilder()
        .setNodename(node == null ? "" : node)
        .setDomainname(domain == null ? "" : domain)
        .build();
  }

  static void plan(RebuildContext rebuild, int id) throws StasisException {
    UtsnsEntry names;
    try {
      names = rebuild.images().read(ImageKind.UTSNS, id, UtsnsEntry.parser());
    } catch (IOException e) {
      throw new StasisException("", "reading the host name", e.getMessage(), 0, "", e);
    }
    int root = rebuild.tasks().getFirst();
    Program program = rebuild.program(root, Stage.NAMESPACE_CONTENT);
    program.why("setting the host name to " + names.getNodename());
    set(program, rebuild.plan(), SyscallNumber.SETHOSTNAME, names.getNodename());
    program.why("setting the domain name to " + names.getDomainname());
    set(program, rebuild.plan(), SyscallNumber.SETDOMAINNAME, names.getDomainname());
  }

  private static void set(Program program, Plan plan, int call, String name) {
    int length = name.getBytes(StandardCharsets.UTF_8).length;
    program.call(call, plan.text(name), Argument.of(length));
  }
}
