package org.stasis.images.json;

import com.google.protobuf.Descriptors.FieldDescriptor;
import java.util.HashMap;
import java.util.Map;

/** How a field looks in the pretty form, where that is not its plain value. */
enum Display {
  /** As it is. */
  PLAIN,
  /** Hexadecimal text; a message passes that on to its fields. */
  HEX,
  /**
   * A device number of the kernel's form, {@code major << 20 | minor}, as {@code "major:minor"}.
   */
  DEV,
  /** A device number of the C library's form, as {@code "major:minor"}. */
  ODEV,
  /** One word for an IPv4 address, four for an IPv6 address, as text. */
  IP,
  /** Bytes of a socket's name, quoted-printable: in the plain form too. */
  SOCKET_NAME,
  OPEN_FLAGS,
  SEALS,
  PAGEMAP_FLAGS,
  PROTECTION,
  MAP_FLAGS,
  VMA_STATUS,
  SOCKET_FAMILY,
  SOCKET_TYPE,
  SOCKET_PROTOCOL,
  SOCKET_STATE,
  TASK_STATE;

  private static final Map<String, Display> FIELDS = new HashMap<>();

  static {
    fields(HEX, "ThreadInfoX86", "clear_tid_addr", "gpregs");
    fields(HEX, "UserX86CetEntry", "cet", "ssp");
    fields(HEX, "ThreadInfoAarch64", "clear_tid_addr", "gpregs");
    fields(HEX, "ThreadInfoArm", "clear_tid_addr", "gpregs");
    fields(HEX, "ThreadInfoLoongarch64", "clear_tid_addr", "gpregs", "fpregs");
    fields(HEX, "ThreadInfoMips", "clear_tid_addr", "gpregs", "fpregs");
    fields(HEX, "ThreadInfoPpc64", "clear_tid_addr", "gpregs");
    fields(HEX, "ThreadInfoRiscv64", "clear_tid_addr", "gpregs");
    fields(HEX, "ThreadInfoS390", "clear_tid_addr", "gpregs", "fpregs", "vxrs_low", "vxrs_high");
    fields(HEX, "ThreadInfoS390", "gs_cb", "gs_bc", "ri_cb");
    fields(HEX, "TaskCoreEntry", "blk_sigset", "blk_sigset_extended");
    fields(HEX, "TaskCoreEntry", "membarrier_registration_mask");
    fields(HEX, "FanotifyFileEntry", "flags", "faflags", "evflags");
    fields(HEX, "FanotifyMarkEntry", "mflags", "mask", "ignored_mask");
    fields(HEX, "InotifyFileEntry", "flags");
    fields(HEX, "InotifyWdEntry", "mask", "ignored_mask");
    fields(HEX, "MmEntry", "mm_start_code", "mm_end_code", "mm_start_data", "mm_end_data");
    fields(HEX, "MmEntry", "mm_start_stack", "mm_start_brk", "mm_brk");
    fields(HEX, "MmEntry", "mm_arg_start", "mm_arg_end", "mm_env_start", "mm_env_end");
    fields(HEX, "MntEntry", "flags", "sb_flags");
    fields(HEX, "NetDeviceEntry", "flags");
    fields(HEX, "PacketSockEntry", "flags");
    fields(HEX, "PagemapEntry", "vaddr");
    fields(HEX, "PipeEntry", "flags");
    fields(HEX, "SaEntry", "sigaction", "flags", "restorer", "mask", "mask_extended");
    fields(HEX, "SignalfdEntry", "flags", "sigmask");
    fields(HEX, "InetSkEntry", "flags");
    fields(HEX, "NetlinkSkEntry", "flags");
    fields(HEX, "UnixSkEntry", "flags", "uflags");
    fields(HEX, "TcpStreamEntry", "opt_mask");
    fields(HEX, "TimerfdEntry", "flags", "settime_flags");
    fields(HEX, "TtyFileEntry", "flags");
    fields(HEX, "TunLinkEntry", "flags");
    fields(HEX, "VmaEntry", "start", "end", "madv", "fdflags");
    fields(DEV, "FanotifyMarkEntry", "s_dev");
    fields(DEV, "InotifyWdEntry", "s_dev");
    fields(DEV, "GhostFileEntry", "dev");
    fields(DEV, "MntEntry", "root_dev");
    fields(ODEV, "GhostFileEntry", "rdev");
    fields(ODEV, "IrmapCacheEntry", "dev");
    fields(IP, "SitEntry", "local", "remote", "rd_prefix", "relay_prefix");
    fields(IP, "InetSkEntry", "src_addr", "dst_addr");
    fields(SOCKET_NAME, "UnixSkEntry", "name");
    fields(OPEN_FLAGS, "BpfmapFileEntry", "flags");
    fields(OPEN_FLAGS, "MemfdFileEntry", "flags");
    fields(OPEN_FLAGS, "RegFileEntry", "flags");
    fields(SEALS, "MemfdInodeEntry", "seals");
    fields(PAGEMAP_FLAGS, "PagemapEntry", "flags");
    fields(PROTECTION, "VmaEntry", "prot");
    fields(MAP_FLAGS, "VmaEntry", "flags");
    fields(VMA_STATUS, "VmaEntry", "status");
    fields(SOCKET_FAMILY, "InetSkEntry", "family");
    fields(SOCKET_TYPE, "InetSkEntry", "type");
    fields(SOCKET_TYPE, "UnixSkEntry", "type");
    fields(SOCKET_PROTOCOL, "InetSkEntry", "proto");
    fields(SOCKET_STATE, "InetSkEntry", "state");
    fields(SOCKET_STATE, "UnixSkEntry", "state");
    fields(TASK_STATE, "TaskCoreEntry", "task_state");
  }

  private static void fields(Display display, String message, String... fields) {
    for (String field : fields) FIELDS.put(message + '.' + field, display);
  }

  static Display of(FieldDescriptor field) {
    return FIELDS.getOrDefault(field.getFullName(), PLAIN);
  }

  /** The fields this table says something of, as {@code Message.field}. */
  static Iterable<String> knownFields() {
    return FIELDS.keySet();
  }
}
