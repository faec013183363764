package org.stasis.engine.unsupported;

import java.util.Collection;
import java.util.Set;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.OpenFile;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.linux.Device;
import org.stasis.linux.Stat;

/** The kind that is asked last and claims everything. */
public final class UnsupportedFiles implements FileKind {
  private static final String CLOSE_IT = "close it before the dump";

  @Override
  public Set<FdTypes> types() {
    return Set.of();
  }

  @Override
  public boolean claims(OpenFile file) {
    return true;
  }

  @Override
  public void capture(OpenFile file, FileCapture to) {
    to.obstacle(reason(file), CLOSE_IT);
  }

  private static String reason(OpenFile file) {
    return switch (file.link()) {
      case "anon_inode:[io_uring]" -> "an io_uring instance, whose rings live in the kernel";
      case "anon_inode:[userfaultfd]" -> "a userfaultfd, which stands between memory and its owner";
      case "anon_inode:[perf_event]" -> "a performance counter, whose count cannot be set";
      case "anon_inode:bpf-prog" -> "a BPF program, whose source the kernel does not keep";
      case "anon_inode:bpf_link", "anon_inode:bpf-link" -> "a BPF link is not carried";
      case "anon_inode:btf" -> "BPF type information is not carried";
      case "anon_inode:kvm-vm" -> "a virtual machine is not carried";
      case "anon_inode:seccomp notify" -> "the listener of another task's seccomp filter";
      case "anon_inode:landlock-ruleset", "anon_inode:[landlock-ruleset]" ->
          "a ruleset, whose rules the kernel does not tell";
      case "/secretmem (deleted)" -> "secret memory, which nobody but its owner may read";
      default -> reasonByType(file);
    };
  }

  private static String reasonByType(OpenFile file) {
    Device device = file.stat().represents();
    return switch (file.stat().type()) {
      case Stat.S_IFCHR ->
          "device "
              + device.major()
              + ":"
              + device.minor()
              + " may keep a state that the kernel does not tell";
      case Stat.S_IFSOCK -> "a socket of a kind that is not carried";
      default -> "files of this kind are not carried";
    };
  }

  @Override
  public void plan(Collection<FileEntry> cluster, FilePlanner planner) {
    throw new IllegalStateException("no entry has its type");
  }
}
