package org.stasis.images;

import static org.stasis.images.ImageKind.Cardinality.ARRAY;
import static org.stasis.images.ImageKind.Cardinality.HEAD_AND_ARRAY;
import static org.stasis.images.ImageKind.Cardinality.OBSOLETE;
import static org.stasis.images.ImageKind.Cardinality.RAW;
import static org.stasis.images.ImageKind.Cardinality.SINGLE;
import static org.stasis.images.ImageKind.Flag.LEGACY;
import static org.stasis.images.ImageKind.Flag.PAYLOAD;

import com.google.protobuf.Message;
import org.jspecify.annotations.Nullable;
import org.stasis.images.proto.ApparmorEntry;
import org.stasis.images.proto.AutofsEntry;
import org.stasis.images.proto.BinfmtMiscEntry;
import org.stasis.images.proto.BpfmapDataEntry;
import org.stasis.images.proto.BpfmapFileEntry;
import org.stasis.images.proto.CgroupEntry;
import org.stasis.images.proto.CoreEntry;
import org.stasis.images.proto.CpuinfoEntry;
import org.stasis.images.proto.CredsEntry;
import org.stasis.images.proto.EventfdFileEntry;
import org.stasis.images.proto.EventpollFileEntry;
import org.stasis.images.proto.EventpollTfdEntry;
import org.stasis.images.proto.ExtFileEntry;
import org.stasis.images.proto.FanotifyFileEntry;
import org.stasis.images.proto.FanotifyMarkEntry;
import org.stasis.images.proto.FdinfoEntry;
import org.stasis.images.proto.FifoEntry;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.FileLockEntry;
import org.stasis.images.proto.FsEntry;
import org.stasis.images.proto.GhostFileEntry;
import org.stasis.images.proto.InetSkEntry;
import org.stasis.images.proto.InotifyFileEntry;
import org.stasis.images.proto.InotifyWdEntry;
import org.stasis.images.proto.InventoryEntry;
import org.stasis.images.proto.IpcMsgEntry;
import org.stasis.images.proto.IpcSemEntry;
import org.stasis.images.proto.IpcShmEntry;
import org.stasis.images.proto.IpcVarEntry;
import org.stasis.images.proto.IrmapCacheEntry;
import org.stasis.images.proto.ItimerEntry;
import org.stasis.images.proto.MemfdInodeEntry;
import org.stasis.images.proto.MmEntry;
import org.stasis.images.proto.MntEntry;
import org.stasis.images.proto.NetDeviceEntry;
import org.stasis.images.proto.NetlinkSkEntry;
import org.stasis.images.proto.NetnsEntry;
import org.stasis.images.proto.NsFileEntry;
import org.stasis.images.proto.PacketSockEntry;
import org.stasis.images.proto.PagemapEntry;
import org.stasis.images.proto.PagemapHead;
import org.stasis.images.proto.PidfdEntry;
import org.stasis.images.proto.PidnsEntry;
import org.stasis.images.proto.PipeDataEntry;
import org.stasis.images.proto.PipeEntry;
import org.stasis.images.proto.PosixTimerEntry;
import org.stasis.images.proto.PstreeEntry;
import org.stasis.images.proto.RegFileEntry;
import org.stasis.images.proto.RemapFilePathEntry;
import org.stasis.images.proto.RlimitEntry;
import org.stasis.images.proto.SaEntry;
import org.stasis.images.proto.SeccompEntry;
import org.stasis.images.proto.SiginfoEntry;
import org.stasis.images.proto.SignalfdEntry;
import org.stasis.images.proto.SkPacketEntry;
import org.stasis.images.proto.StatsEntry;
import org.stasis.images.proto.TaskKobjIdsEntry;
import org.stasis.images.proto.TcpStreamEntry;
import org.stasis.images.proto.TimensEntry;
import org.stasis.images.proto.TimerfdEntry;
import org.stasis.images.proto.TtyDataEntry;
import org.stasis.images.proto.TtyFileEntry;
import org.stasis.images.proto.TtyInfoEntry;
import org.stasis.images.proto.TunfileEntry;
import org.stasis.images.proto.UnixSkEntry;
import org.stasis.images.proto.UsernsEntry;
import org.stasis.images.proto.UtsnsEntry;
import org.stasis.images.proto.VmaEntry;

/**
 * Every kind of image file: its name, what is in it, and whether it is still written.
 *
 * <p>The constants carry the names the JSON form of an image gives as its magic. A descriptor of a
 * memfd has no file of its own and is only found inside {@link #FILES}.
 */
public enum ImageKind {
  /** What the set is. Read first: img_version decides the header of every other file. */
  INVENTORY("inventory.img", 0x58313116, SINGLE),
  /** Figures of a run, by its name, dump or restore. Goes to the work directory. */
  STATS("stats-%s", 0x57093306, SINGLE),
  /** One thread, by its tid in the innermost pid namespace. A zombie has one too. */
  CORE("core-%u.img", 0x55053847, SINGLE),
  /** Ids of the kernel objects a task uses, by pid. A zombie has none. */
  IDS("ids-%u.img", 0x54432030, SINGLE),
  /** Memory layout and vmas of a task, by pid. */
  MM("mm-%u.img", 0x57492820, SINGLE),
  /** Current directory, root and umask of a task, by pid. A zombie has none. */
  FS("fs-%u.img", 0x51403912, SINGLE),
  /** Where the pages of a task are, by pid. The head names the pages file. */
  PAGEMAP("pagemap-%lu.img", 0x56084025, HEAD_AND_ARRAY),
  /**
   * Where the pages of a shared object are, by inode number or SysV id. Addresses are offsets in
   * the object.
   */
  SHMEM_PAGEMAP("pagemap-shmem-%lu.img", 0x56084025, HEAD_AND_ARRAY),
  /** A uts namespace, by namespace id. */
  UTSNS("utsns-%u.img", 0x54473203, SINGLE),
  /** The mounts of a mount namespace, by namespace id. */
  MNTS("mountpoints-%u.img", 0x55563928, ARRAY),
  /** The id maps of a user namespace, by namespace id. */
  USERNS("userns-%u.img", 0x55474906, SINGLE),
  /** Clocks of a time namespace, by namespace id; 0 when the tasks share the one of the caller. */
  TIMENS("timens-%u.img", 0x43114433, SINGLE),
  /** The label of an external pid namespace, by namespace id. */
  PIDNS("pidns-%u.img", 0x61157326, SINGLE),
  /** Sysctls of an ipc namespace, by namespace id. */
  IPC_VAR("ipcns-var-%u.img", 0x53115007, SINGLE),
  /** SysV shared memory segments, by namespace id. */
  IPCNS_SHM("ipcns-shm-%u.img", 0x46283044, ARRAY, PAYLOAD),
  /** SysV message queues with their messages, by namespace id. */
  IPCNS_MSG("ipcns-msg-%u.img", 0x55453737, ARRAY, PAYLOAD),
  /** SysV semaphore sets with their values, by namespace id. */
  IPCNS_SEM("ipcns-sem-%u.img", 0x59573019, ARRAY, PAYLOAD),
  /** Devices of a network namespace, by namespace id. */
  NETDEV("netdev-%u.img", 0x57373951, ARRAY),
  /** Output of {@code ip addr save}, by network namespace id. */
  IFADDR("ifaddr-%u.img", RAW),
  /** Output of {@code ip route save}, by network namespace id. */
  ROUTE("route-%u.img", RAW),
  /** Output of {@code ip -6 route save}, by network namespace id. */
  ROUTE6("route6-%u.img", RAW),
  /** Output of {@code ip rule save}, by network namespace id. */
  RULE("rule-%u.img", RAW),
  /** Output of iptables-save, by network namespace id. */
  IPTABLES("iptables-%u.img", RAW),
  /** Output of ip6tables-save, by network namespace id. */
  IP6TABLES("ip6tables-%u.img", RAW),
  /** Output of {@code nft list ruleset}, by network namespace id. */
  NFTABLES("nftables-%u.img", RAW),
  /** Sysctls of a network namespace, by namespace id; only ext_key for an external one. */
  NETNS("netns-%u.img", 0x55933752, SINGLE),
  /** Conntrack entries as netlink messages back to back, by network namespace id. */
  NETNF_CT("netns-ct-%u.img", RAW),
  /** Conntrack expectations, in the form of {@link #NETNF_CT}. */
  NETNF_EXP("netns-exp-%u.img", RAW),
  /** The processes, a parent before its children; the first is the root. */
  PSTREE("pstree.img", 0x50273030, ARRAY),
  /** An open file without a name, by ghost id in hex, counted from 1. Its content follows. */
  GHOST_FILE("ghost-file-%x.img", 0x52583605, SINGLE, PAYLOAD),
  /** An established TCP connection, by socket inode in hex. Its queues follow. */
  TCP_STREAM("tcp-stream-%x.img", 0x51465506, SINGLE, PAYLOAD),
  /** A descriptor table, by files_id: tasks that share the table share the file. */
  FDINFO("fdinfo-%u.img", 0x56213732, ARRAY),
  /** All open file objects; each entry has the one sub-message of its type. */
  FILES("files.img", 0x56303138, ARRAY),
  /** Packets queued on sockets; the bytes of each follow it. */
  SK_QUEUES("sk-queues.img", 0x56264026, ARRAY, PAYLOAD),
  /** Bytes queued in pipes; they follow each entry. */
  PIPES_DATA("pipes-data.img", 0x56453709, ARRAY, PAYLOAD),
  /** Bytes queued in fifos; they follow each entry. */
  FIFO_DATA("fifo-data.img", 0x59333054, ARRAY, PAYLOAD),
  /** State of terminals. */
  TTY_INFO("tty-info.img", 0x59453036, ARRAY),
  /** Unread bytes of terminals. */
  TTY_DATA("tty-data.img", 0x59413026, ARRAY),
  /** Files whose name is gone. */
  REMAP_FPATH("remap-fpath.img", 0x59133954, ARRAY),
  /** Cgroup sets and cgroup properties. */
  CGROUP("cgroup.img", 0x59383330, SINGLE),
  /** File locks and leases. */
  FILE_LOCKS("filelocks.img", 0x54323616, ARRAY),
  /** All seccomp filters. Always written; an empty message when there are none. */
  SECCOMP("seccomp.img", 0x64413049, SINGLE),
  /** AppArmor namespaces and policies. */
  APPARMOR("apparmor.img", 0x59423047, SINGLE),
  /** Inodes of memfds and of shared anonymous memory. */
  MEMFD_INODE("memfd.img", 0x48453499, ARRAY),
  /** Content of BPF maps; keys, then values follow each entry. */
  BPFMAP_DATA("bpfmap-data.img", 0x64324033, ARRAY, PAYLOAD),
  /** A gzip-compressed tar of a tmpfs, by device number in kernel form (major << 20 | minor). */
  TMPFS_DEV("tmpfs-dev-%u.tar.gz.img", RAW),
  /** Interpreters registered in a binfmt_misc mount. */
  BINFMT_MISC("binfmt-misc.img", 0x67343323, ARRAY),
  /**
   * Pages back to back, by pages id: what the PE_PRESENT entries of a pagemap name, in their order.
   */
  PAGES("pages-%u.img", RAW),
  /** Paths of watched inodes. Written by a pre-dump to the work directory. */
  IRMAP_CACHE("irmap-cache", 0x57004059, ARRAY),
  /** CPU features of the machine of the dump. */
  CPUINFO("cpuinfo.img", 0x61404013, SINGLE),
  /** An autofs superblock, by its device number in kernel form. */
  AUTOFS("autofs-%u.img", 0x49353943, SINGLE),
  /** Credentials, by pid. Now in {@link #CORE}; read only when that has none. */
  CREDS("creds-%u.img", 0x54023547, SINGLE, LEGACY),
  /** BPF map descriptors. Now in {@link #FILES}. */
  BPFMAP_FILE("bpfmap-file.img", 0x57506142, ARRAY, LEGACY),
  /** A gzip-compressed tar of a tmpfs, by mount id. Now {@link #TMPFS_DEV}. */
  TMPFS_IMG("tmpfs-%u.tar.gz.img", RAW, LEGACY),
  /** As {@link #BINFMT_MISC}, by device number in kernel form. */
  BINFMT_MISC_OLD("binfmt-misc-%u.img", 0x67343323, ARRAY, LEGACY),
  /**
   * Signal actions, by pid: 62 in signal order without SIGKILL and SIGSTOP. Now in {@link #CORE}.
   */
  SIGACT("sigacts-%u.img", 0x55344201, ARRAY, LEGACY),
  /** Mappings, by pid. Now in {@link #MM}. */
  VMAS("vmas-%u.img", 0x54123737, ARRAY, LEGACY),
  /** Pages with their addresses, by pid: from before the v1 format. Never read. */
  PAGES_OLD("pages-%d.img", 0x56084025, OBSOLETE, LEGACY),
  /** Pages of shared memory, from before the v1 format. Never read. */
  SHM_PAGES_OLD("pages-shmem-%ld.img", 0x56084025, OBSOLETE, LEGACY),
  /** Limits, by pid. Now in {@link #CORE}. */
  RLIMIT("rlimit-%u.img", 0x57113925, ARRAY, LEGACY),
  /** Three interval timers (real, virtual, prof), by pid. Now in {@link #CORE}. */
  ITIMERS("itimers-%u.img", 0x57464056, ARRAY, LEGACY),
  /** POSIX timers, by pid. Now in {@link #CORE}. */
  POSIX_TIMERS("posix-timers-%u.img", 0x52603957, ARRAY, LEGACY),
  /** Signals queued for a process, by pid. Now in {@link #CORE}. */
  SIGNAL("signal-s-%u.img", 0x59255647, ARRAY, LEGACY),
  /** Signals queued for a thread, by tid. Now in {@link #CORE}. */
  PSIGNAL("signal-p-%u.img", 0x59255647, ARRAY, LEGACY),
  /** Inotify watches. Now inside the inotify entries of {@link #FILES}. */
  INOTIFY_WD("inotify-wd.img", 0x54562009, ARRAY, LEGACY),
  /** Fanotify marks. Now inside the fanotify entries of {@link #FILES}. */
  FANOTIFY_MARK("fanotify-mark.img", 0x56506035, ARRAY, LEGACY),
  /** What epoll descriptors watch. Now inside the epoll entries of {@link #FILES}. */
  EVENTPOLL_TFD("eventpoll-tfd.img", 0x44433746, ARRAY, LEGACY),
  /** One type of open file. Now in {@link #FILES}. */
  REG_FILES("reg-files.img", 0x50363636, ARRAY, LEGACY),
  /** One type of open file. Now in {@link #FILES}. */
  INETSK("inetsk.img", 0x56443851, ARRAY, LEGACY),
  /** One type of open file. Now in {@link #FILES}. */
  NS_FILES("ns-files.img", 0x61394011, ARRAY, LEGACY),
  /** One type of open file. Now in {@link #FILES}. */
  PACKETSK("packetsk.img", 0x60454618, ARRAY, LEGACY),
  /** One type of open file. Now in {@link #FILES}. */
  NETLINK_SK("netlinksk.img", 0x58005614, ARRAY, LEGACY),
  /** One type of open file. Now in {@link #FILES}. */
  EVENTFD_FILE("eventfd.img", 0x44523722, ARRAY, LEGACY),
  /** One type of open file. Now in {@link #FILES}. */
  EVENTPOLL_FILE("eventpoll.img", 0x45023858, ARRAY, LEGACY),
  /** One type of open file. Now in {@link #FILES}. */
  SIGNALFD("signalfd.img", 0x57323820, ARRAY, LEGACY),
  /** One type of open file. Now in {@link #FILES}. */
  TUNFILE("tunfile.img", 0x57143751, ARRAY, LEGACY),
  /** One type of open file. Now in {@link #FILES}. */
  TIMERFD("timerfd.img", 0x50493712, ARRAY, LEGACY),
  /** One type of open file. Now in {@link #FILES}. */
  INOTIFY_FILE("inotify.img", 0x48424431, ARRAY, LEGACY),
  /** One type of open file. Now in {@link #FILES}. */
  FANOTIFY_FILE("fanotify.img", 0x55096122, ARRAY, LEGACY),
  /** One type of open file. Now in {@link #FILES}. */
  EXT_FILES("ext-files.img", 0x59255641, ARRAY, LEGACY),
  /** One type of open file. Now in {@link #FILES}. */
  UNIXSK("unixsk.img", 0x54373943, ARRAY, LEGACY),
  /** One type of open file. Now in {@link #FILES}. */
  FIFO("fifo.img", 0x58364939, ARRAY, LEGACY),
  /** One type of open file. Now in {@link #FILES}. */
  PIPES("pipes.img", 0x56513555, ARRAY, LEGACY),
  /** One type of open file. Now in {@link #FILES}. */
  TTY_FILES("tty.img", 0x59433025, ARRAY, LEGACY),
  /** One type of open file. Now in {@link #FILES}. */
  PIDFD("pidfd.img", 0x54435556, ARRAY, LEGACY);

  /** How many entries a file of the kind holds. */
  public enum Cardinality {
    /** Exactly one message. */
    SINGLE,
    /** Any number of messages of one type up to the end of the file; no file is no entry. */
    ARRAY,
    /** One message of a head type, then an array of another. */
    HEAD_AND_ARRAY,
    /** No header and no entries: bytes whose form another program or the kernel gives. */
    RAW,
    /** A form older than v1: such a file is refused. */
    OBSOLETE
  }

  /** What the first words of a file are. All words are 32-bit little-endian. */
  enum Header {
    /** The magic number of the kind alone, whatever the version: the inventory. */
    BARE,
    /** {@link #COMMON_MAGIC}, then the magic number of the kind. */
    COMMON,
    /** {@link #SERVICE_MAGIC}, then the magic number of the kind: files of the work directory. */
    SERVICE,
    /** Nothing. */
    NONE
  }

  /** What goes where in a file name. */
  enum Parameter {
    NONE,
    DECIMAL,
    HEX,
    TEXT
  }

  enum Flag {
    /** Other bytes follow an entry: see {@link Payload}. */
    PAYLOAD,
    /** Found in old sets only. */
    LEGACY
  }

  /** First word of an ordinary image since v1.1. */
  static final int COMMON_MAGIC = 0x54564319;

  /** First word of a service file since v1.1. */
  static final int SERVICE_MAGIC = 0x55105940;

  private static final ImageKind[] KINDS = values();

  private final String prefix;
  private final String suffix;
  private final Parameter parameter;
  private final long maxId;
  private final int magic;
  private final Cardinality cardinality;
  private final @Nullable Flag flag;

  ImageKind(String template, int magic, Cardinality cardinality, @Nullable Flag flag) {
    int percent = template.indexOf('%');
    this.magic = magic;
    this.cardinality = cardinality;
    this.flag = flag;
    if (percent < 0) {
      this.prefix = template;
      this.suffix = "";
      this.parameter = Parameter.NONE;
      this.maxId = 0;
      return;
    }
    boolean isLong = template.charAt(percent + 1) == 'l';
    int conversion = percent + (isLong ? 2 : 1);
    this.prefix = template.substring(0, percent);
    this.suffix = template.substring(conversion + 1);
    this.parameter =
        switch (template.charAt(conversion)) {
          case 'x' -> Parameter.HEX;
          case 's' -> Parameter.TEXT;
          default -> Parameter.DECIMAL;
        };
    this.maxId = isLong ? -1L : 0xffffffffL;
  }

  ImageKind(String template, int magic, Cardinality cardinality) {
    this(template, magic, cardinality, null);
  }

  ImageKind(String template, Cardinality cardinality) {
    this(template, 0, cardinality, null);
  }

  ImageKind(String template, Cardinality cardinality, Flag flag) {
    this(template, 0, cardinality, flag);
  }

  /**
   * Loads ahead of time what reading and writing a plain task's images needs. The first message of
   * a JVM takes some 20 ms: time that a start can spend on another thread.
   */
  public static void preload() {
    for (ImageKind kind : new ImageKind[] {INVENTORY, CORE, IDS, MM, FS, PAGEMAP, FDINFO, FILES}) {
      var _ = kind.prototype(0).toBuilder().buildPartial().toByteString();
    }
    VmaEntry.getDefaultInstance();
    PagemapEntry.getDefaultInstance();
  }

  /** The number that marks files of this kind; 0 for a raw file, which has none. */
  public int magic() {
    return magic;
  }

  /** How many entries a file holds. */
  public Cardinality cardinality() {
    return cardinality;
  }

  /** Whether a file is bytes without header and entries. */
  public boolean isRaw() {
    return cardinality == RAW;
  }

  /** Whether the kind is only read, for the sake of old sets, and no longer written. */
  public boolean isLegacy() {
    return flag == LEGACY;
  }

  /** Whether bytes other than messages can follow an entry: see {@link Payload}. */
  public boolean hasPayload() {
    return flag == PAYLOAD;
  }

  /** Whether a name of this kind has an id in it. */
  public boolean hasId() {
    return parameter == Parameter.DECIMAL || parameter == Parameter.HEX;
  }

  /** Whether the file belongs to the work directory, not to the image set. */
  public boolean isService() {
    return this == STATS || this == IRMAP_CACHE;
  }

  Header header() {
    if (cardinality == RAW) return Header.NONE;
    if (this == INVENTORY) return Header.BARE;
    return isService() ? Header.SERVICE : Header.COMMON;
  }

  /**
   * The file name of a kind there is one file of.
   *
   * @throws IllegalArgumentException when the name needs an id or a text
   */
  public String fileName() {
    if (parameter != Parameter.NONE) throw new IllegalArgumentException(this + " needs an id");
    return prefix;
  }

  /**
   * The file name with its id.
   *
   * @param id unsigned; 64 bits for pagemaps, 32 for all others
   * @throws IllegalArgumentException when the kind takes no id, or not one so large
   */
  public String fileName(long id) {
    if (!hasId()) throw new IllegalArgumentException(this + " takes no id");
    if (Long.compareUnsigned(id, maxId) > 0) {
      throw new IllegalArgumentException(this + " takes no id " + Long.toUnsignedString(id));
    }
    String digits = parameter == Parameter.HEX ? Long.toHexString(id) : Long.toUnsignedString(id);
    return prefix + digits + suffix;
  }

  /**
   * The file name with its text.
   *
   * @param text {@code dump} or {@code restore} for {@link #STATS}
   * @throws IllegalArgumentException when the kind takes no text
   */
  public String fileName(String text) {
    if (parameter != Parameter.TEXT) throw new IllegalArgumentException(this + " takes no text");
    return prefix + text + suffix;
  }

  /**
   * The kind a file of this name is of.
   *
   * @param fileName without directories
   * @return null when no image has such a name
   */
  public static @Nullable ImageKind ofFileName(String fileName) {
    for (ImageKind kind : KINDS) {
      if (kind.matches(fileName)) return kind;
    }
    return null;
  }

  /**
   * The kind of the files that start with a magic number. Where two kinds share one, they differ in
   * their names alone, and the one written today is meant.
   *
   * @return null when no kind has this magic number
   */
  public static @Nullable ImageKind ofMagic(int magic) {
    if (magic == 0) return null;
    for (ImageKind kind : KINDS) {
      if (kind.magic == magic) return kind;
    }
    return null;
  }

  /**
   * The id in a file name.
   *
   * @param fileName a name {@link #ofFileName} says is of this kind
   * @return unsigned; 0 for a kind without one
   */
  public long idOf(String fileName) {
    if (!hasId()) return 0;
    String digits = fileName.substring(prefix.length(), fileName.length() - suffix.length());
    return Long.parseUnsignedLong(digits, parameter == Parameter.HEX ? 16 : 10);
  }

  private boolean matches(String name) {
    if (parameter == Parameter.NONE) return name.equals(prefix);
    int digits = name.length() - prefix.length() - suffix.length();
    if (digits < 1 || !name.startsWith(prefix) || !name.endsWith(suffix)) return false;
    String middle = name.substring(prefix.length(), prefix.length() + digits);
    if (parameter == Parameter.TEXT) return middle.equals("dump") || middle.equals("restore");
    return isNumber(middle);
  }

  /** Whether this is how the number would be written: no sign, no leading zero, no overflow. */
  private boolean isNumber(String middle) {
    int radix = parameter == Parameter.HEX ? 16 : 10;
    if (middle.length() > 1 && middle.charAt(0) == '0') return false;
    for (int i = 0; i < middle.length(); i++) {
      char c = middle.charAt(i);
      if (Character.digit(c, radix) < 0 || c > 'f' || (c >= 'A' && c <= 'F')) return false;
    }
    if (middle.length() > 20) return false;
    try {
      return Long.compareUnsigned(Long.parseUnsignedLong(middle, radix), maxId) <= 0;
    } catch (NumberFormatException e) { // more than 64 bits
      return false;
    }
  }

  /**
   * An empty message of the type of the entries; of the type of the head where there is one.
   *
   * @throws IllegalStateException for kinds without entries
   */
  public Message prototype() {
    return switch (this) {
      case INVENTORY -> InventoryEntry.getDefaultInstance();
      case STATS -> StatsEntry.getDefaultInstance();
      case CORE -> CoreEntry.getDefaultInstance();
      case IDS -> TaskKobjIdsEntry.getDefaultInstance();
      case MM -> MmEntry.getDefaultInstance();
      case CREDS -> CredsEntry.getDefaultInstance();
      case FS -> FsEntry.getDefaultInstance();
      case UTSNS -> UtsnsEntry.getDefaultInstance();
      case MNTS -> MntEntry.getDefaultInstance();
      case USERNS -> UsernsEntry.getDefaultInstance();
      case TIMENS -> TimensEntry.getDefaultInstance();
      case PIDNS -> PidnsEntry.getDefaultInstance();
      case IPC_VAR -> IpcVarEntry.getDefaultInstance();
      case IPCNS_SHM -> IpcShmEntry.getDefaultInstance();
      case IPCNS_MSG -> IpcMsgEntry.getDefaultInstance();
      case IPCNS_SEM -> IpcSemEntry.getDefaultInstance();
      case NETDEV -> NetDeviceEntry.getDefaultInstance();
      case NETNS -> NetnsEntry.getDefaultInstance();
      case PSTREE -> PstreeEntry.getDefaultInstance();
      case GHOST_FILE -> GhostFileEntry.getDefaultInstance();
      case TCP_STREAM -> TcpStreamEntry.getDefaultInstance();
      case FDINFO -> FdinfoEntry.getDefaultInstance();
      case FILES -> FileEntry.getDefaultInstance();
      case SK_QUEUES -> SkPacketEntry.getDefaultInstance();
      case PIPES_DATA, FIFO_DATA -> PipeDataEntry.getDefaultInstance();
      case TTY_INFO -> TtyInfoEntry.getDefaultInstance();
      case TTY_DATA -> TtyDataEntry.getDefaultInstance();
      case REMAP_FPATH -> RemapFilePathEntry.getDefaultInstance();
      case CGROUP -> CgroupEntry.getDefaultInstance();
      case FILE_LOCKS -> FileLockEntry.getDefaultInstance();
      case SECCOMP -> SeccompEntry.getDefaultInstance();
      case APPARMOR -> ApparmorEntry.getDefaultInstance();
      case MEMFD_INODE -> MemfdInodeEntry.getDefaultInstance();
      case BPFMAP_FILE -> BpfmapFileEntry.getDefaultInstance();
      case BPFMAP_DATA -> BpfmapDataEntry.getDefaultInstance();
      case BINFMT_MISC, BINFMT_MISC_OLD -> BinfmtMiscEntry.getDefaultInstance();
      case SIGACT -> SaEntry.getDefaultInstance();
      case VMAS -> VmaEntry.getDefaultInstance();
      case RLIMIT -> RlimitEntry.getDefaultInstance();
      case ITIMERS -> ItimerEntry.getDefaultInstance();
      case POSIX_TIMERS -> PosixTimerEntry.getDefaultInstance();
      case IRMAP_CACHE -> IrmapCacheEntry.getDefaultInstance();
      case CPUINFO -> CpuinfoEntry.getDefaultInstance();
      case SIGNAL, PSIGNAL -> SiginfoEntry.getDefaultInstance();
      case INOTIFY_WD -> InotifyWdEntry.getDefaultInstance();
      case FANOTIFY_MARK -> FanotifyMarkEntry.getDefaultInstance();
      case EVENTPOLL_TFD -> EventpollTfdEntry.getDefaultInstance();
      case REG_FILES -> RegFileEntry.getDefaultInstance();
      case INETSK -> InetSkEntry.getDefaultInstance();
      case NS_FILES -> NsFileEntry.getDefaultInstance();
      case PACKETSK -> PacketSockEntry.getDefaultInstance();
      case NETLINK_SK -> NetlinkSkEntry.getDefaultInstance();
      case EVENTFD_FILE -> EventfdFileEntry.getDefaultInstance();
      case EVENTPOLL_FILE -> EventpollFileEntry.getDefaultInstance();
      case SIGNALFD -> SignalfdEntry.getDefaultInstance();
      case TUNFILE -> TunfileEntry.getDefaultInstance();
      case TIMERFD -> TimerfdEntry.getDefaultInstance();
      case INOTIFY_FILE -> InotifyFileEntry.getDefaultInstance();
      case FANOTIFY_FILE -> FanotifyFileEntry.getDefaultInstance();
      case EXT_FILES -> ExtFileEntry.getDefaultInstance();
      case UNIXSK -> UnixSkEntry.getDefaultInstance();
      case FIFO -> FifoEntry.getDefaultInstance();
      case PIPES -> PipeEntry.getDefaultInstance();
      case TTY_FILES -> TtyFileEntry.getDefaultInstance();
      case PIDFD -> PidfdEntry.getDefaultInstance();
      case AUTOFS -> AutofsEntry.getDefaultInstance();
      case PAGEMAP, SHMEM_PAGEMAP -> PagemapHead.getDefaultInstance();
      case IFADDR,
          ROUTE,
          ROUTE6,
          RULE,
          IPTABLES,
          IP6TABLES,
          NFTABLES,
          NETNF_CT,
          NETNF_EXP,
          TMPFS_IMG,
          TMPFS_DEV,
          PAGES,
          PAGES_OLD,
          SHM_PAGES_OLD ->
          throw new IllegalStateException(this + " has no entries");
    };
  }

  /**
   * An empty message of the type of entry number {@code index}, counted from 0.
   *
   * @throws IllegalStateException for kinds without entries
   */
  public Message prototype(long index) {
    if (cardinality == HEAD_AND_ARRAY && index > 0) return PagemapEntry.getDefaultInstance();
    return prototype();
  }
}
