package org.stasis.shim.criu;

/**
 * Every option of the criu command line and its configuration files. The RPC protocol sets the same
 * ones.
 */
enum CriuOption {
  TREE("tree", 't', Kind.VALUE, false, "PID", "root task of the tree"),
  LEAVE_STOPPED("leave-stopped", 's', Kind.FLAG, false, "", "leave the tasks stopped"),
  LEAVE_RUNNING("leave-running", 'R', Kind.FLAG, false, "", "let the tasks run on after the dump"),
  RESTORE_DETACHED(
      "restore-detached", 'd', Kind.FLAG, true, "", "do not wait for the restored tree"),
  RESTORE_SIBLING(
      "restore-sibling",
      'S',
      Kind.FLAG,
      true,
      "",
      "make the root task a child of the caller of criu"),
  DAEMON("daemon", '-', Kind.FLAG, true, "", "go on in the background"),
  IMAGES_DIR("images-dir", 'D', Kind.VALUE, false, "DIR", "directory of the images [.]"),
  WORK_DIR(
      "work-dir",
      'W',
      Kind.VALUE,
      false,
      "DIR",
      "directory of logs, statistics and pid files [--images-dir]"),
  LOG_FILE(
      "log-file",
      'o',
      Kind.VALUE,
      false,
      "FILE",
      "write the log to FILE, - for standard output [standard error]"),
  JOIN_NS(
      "join-ns", 'J', Kind.LIST, false, "NS:PID|FILE[,UID[,GID]]", "enter an existing namespace"),
  ROOT("root", 'r', Kind.VALUE, false, "PATH", "root directory of the tree"),
  EXT_UNIX_SK(
      "ext-unix-sk",
      'x',
      Kind.OPTIONAL_LIST,
      false,
      "INO,...",
      "Unix sockets may be connected to the outside"),
  HELP("help", 'h', Kind.FLAG, false, "", "show this"),
  VERSION("version", 'V', Kind.FLAG, false, "", "show the version"),
  TCP_ESTABLISHED("tcp-established", '-', Kind.FLAG, true, "", "carry connected TCP sockets"),
  TCP_CLOSE("tcp-close", '-', Kind.FLAG, true, "", "carry connected TCP sockets as closed"),
  SKIP_IN_FLIGHT(
      "skip-in-flight", '-', Kind.FLAG, true, "", "leave out TCP connections not yet accepted"),
  CLOSE("close", '-', Kind.LIST, false, "FD", "close a descriptor first"),
  LOG_PID("log-pid", '-', Kind.FLAG, true, "", "one log file per task"),
  EVASIVE_DEVICES(
      "evasive-devices", '-', Kind.FLAG, true, "", "any node of the same device number will do"),
  PIDFILE(
      "pidfile",
      '-',
      Kind.VALUE,
      false,
      "FILE",
      "write the pid of the root task or daemon to FILE"),
  VETH_PAIR("veth-pair", '-', Kind.LIST, false, "IN=OUT", "name of the outer end of a veth pair"),
  ACTION_SCRIPT("action-script", '-', Kind.LIST, false, "FILE", "run FILE at each stage"),
  LINK_REMAP("link-remap", '-', Kind.FLAG, true, "", "files that lost a name may be linked anew"),
  SHELL_JOB("shell-job", 'j', Kind.FLAG, true, "", "the tree belongs to a terminal session"),
  FILE_LOCKS("file-locks", 'l', Kind.FLAG, true, "", "carry file locks"),
  PAGE_SERVER("page-server", '-', Kind.FLAG, true, "", "send pages to a page server"),
  ADDRESS("address", '-', Kind.VALUE, false, "ADDR", "address of the server"),
  PORT("port", '-', Kind.VALUE, false, "NUM", "port of the server"),
  PS_SOCKET("ps-socket", '-', Kind.VALUE, false, "FD", "use this connected socket"),
  PREV_IMAGES_DIR(
      "prev-images-dir",
      '-',
      Kind.VALUE,
      false,
      "DIR",
      "images that this dump continues, relative to the images directory"),
  MS("ms", '-', Kind.FLAG, false, "", "(removed)"),
  TRACK_MEM("track-mem", '-', Kind.FLAG, true, "", "track changes of memory from now on"),
  AUTO_DEDUP(
      "auto-dedup", '-', Kind.FLAG, true, "", "punch replaced pages out of the previous images"),
  LIBDIR("libdir", 'L', Kind.VALUE, false, "DIR", "directory of plugins"),
  CPU_CAP(
      "cpu-cap",
      '-',
      Kind.OPTIONAL_LIST,
      false,
      "CAP,...",
      "what the processors must have in common"),
  FORCE_IRMAP("force-irmap", '-', Kind.FLAG, true, "", "find paths of watches by scanning"),
  IRMAP_SCAN_PATH(
      "irmap-scan-path", '-', Kind.LIST, false, "PATH", "further directory to scan for watches"),
  EXT_MOUNT_MAP(
      "ext-mount-map", 'M', Kind.LIST, false, "KEY:VAL", "old form of --external mnt[KEY]:VAL"),
  EXEC_CMD("exec-cmd", '-', Kind.FLAG, false, "", "become the command after -- once restored"),
  MANAGE_CGROUPS(
      "manage-cgroups",
      '-',
      Kind.OPTIONAL_VALUE,
      false,
      "MODE",
      "none, props, soft, full, strict or ignore [soft]"),
  CGROUP_ROOT(
      "cgroup-root",
      '-',
      Kind.LIST,
      false,
      "[CTRL:]/PATH",
      "cgroup below which cgroups are dumped or restored"),
  CGROUP_PROPS("cgroup-props", '-', Kind.VALUE, false, "TEXT", "properties of cgroup controllers"),
  CGROUP_PROPS_FILE("cgroup-props-file", '-', Kind.VALUE, false, "FILE", "the same from a file"),
  CGROUP_DUMP_CONTROLLER(
      "cgroup-dump-controller", '-', Kind.LIST, false, "NAME", "dump this controller only"),
  CGROUP_YARD("cgroup-yard", '-', Kind.VALUE, false, "PATH", "directory with cgroup mounts"),
  FREEZE_CGROUP(
      "freeze-cgroup", '-', Kind.VALUE, false, "PATH", "freezer cgroup that holds the tree"),
  INHERIT_FD(
      "inherit-fd", '-', Kind.LIST, false, "fd[N]:KEY", "descriptor that takes the place of KEY"),
  FEATURE("feature", '-', Kind.VALUE, false, "NAME", "check one feature"),
  SKIP_MNT("skip-mnt", '-', Kind.LIST, false, "PATH", "leave out a mount point"),
  ENABLE_FS(
      "enable-fs", '-', Kind.LIST, false, "NAME,...", "mount these file systems by name alone"),
  ENABLE_EXTERNAL_SHARING(
      "enable-external-sharing",
      '-',
      Kind.FLAG,
      false,
      "",
      "detected external mounts may be shared"),
  ENABLE_EXTERNAL_MASTERS(
      "enable-external-masters",
      '-',
      Kind.FLAG,
      false,
      "",
      "detected external mounts may be slaves"),
  GHOST_LIMIT(
      "ghost-limit",
      '-',
      Kind.VALUE,
      false,
      "NUM[K|M|G]",
      "largest deleted file put into the images [1M]"),
  GHOST_FIEMAP(
      "ghost-fiemap", '-', Kind.FLAG, true, "", "find holes of deleted files by FIEMAP [on]"),
  LSM_PROFILE("lsm-profile", '-', Kind.VALUE, false, "TYPE:NAME", "security label of the tree"),
  LSM_MOUNT_CONTEXT(
      "lsm-mount-context", '-', Kind.VALUE, false, "CTX", "replaces the context option of mounts"),
  TIMEOUT("timeout", '-', Kind.VALUE, false, "SECONDS", "how long stopping the tree may take [10]"),
  EXTERNAL("external", '-', Kind.LIST, false, "TYPE[ID]:VALUE", "an object provided from outside"),
  EMPTY_NS("empty-ns", '-', Kind.LIST, false, "net", "make the namespace without its content"),
  LAZY_PAGES("lazy-pages", '-', Kind.FLAG, false, "", "transfer memory when it is needed"),
  EXTRA("extra", '-', Kind.FLAG, true, "", "check rarely needed features too"),
  EXPERIMENTAL("experimental", '-', Kind.FLAG, true, "", "check experimental features too"),
  ALL("all", '-', Kind.FLAG, false, "", "check everything"),
  DEPRECATED("deprecated", '-', Kind.FLAG, true, "", "allow deprecated functions"),
  DISPLAY_STATS("display-stats", '-', Kind.FLAG, true, "", "print statistics at the end"),
  WEAK_SYSCTLS(
      "weak-sysctls", '-', Kind.FLAG, true, "", "leave out kernel variables that are missing here"),
  STATUS_FD("status-fd", '-', Kind.VALUE, false, "FD", "descriptor told when a server is ready"),
  VERBOSITY(
      "verbosity",
      'v',
      Kind.OPTIONAL_LIST,
      false,
      "NUM",
      "log errors (1), warnings (2), information (3), everything (4) [2]"),
  STREAM("stream", '-', Kind.FLAG, true, "", "images go through a streamer"),
  CONFIG(
      "config",
      '-',
      Kind.VALUE,
      false,
      "FILE",
      "read FILE instead of the default configuration files"),
  NO_DEFAULT_CONFIG(
      "no-default-config", '-', Kind.FLAG, false, "", "read no default configuration files"),
  TLS("tls", '-', Kind.FLAG, true, "", "encrypt the page transfer"),
  TLS_CACERT("tls-cacert", '-', Kind.VALUE, false, "FILE", "trusted certificates"),
  TLS_CACRL("tls-cacrl", '-', Kind.VALUE, false, "FILE", "revocation list"),
  TLS_CERT("tls-cert", '-', Kind.VALUE, false, "FILE", "own certificate"),
  TLS_KEY("tls-key", '-', Kind.VALUE, false, "FILE", "own key"),
  TLS_NO_CN_VERIFY(
      "tls-no-cn-verify", '-', Kind.FLAG, false, "", "any name in the peer's certificate will do"),
  PRE_DUMP_MODE("pre-dump-mode", '-', Kind.VALUE, false, "MODE", "splice or read [splice]"),
  FILE_VALIDATION(
      "file-validation", '-', Kind.VALUE, false, "MODE", "filesize or buildid [buildid]"),
  SKIP_FILE_RWX_CHECK(
      "skip-file-rwx-check", '-', Kind.FLAG, true, "", "permission bits of files may differ"),
  NETWORK_LOCK(
      "network-lock", '-', Kind.VALUE, false, "METHOD", "iptables, nftables or skip [iptables]"),
  MNTNS_COMPAT_MODE("mntns-compat-mode", '-', Kind.FLAG, true, "", "make mounts the old way"),
  UNPRIVILEGED("unprivileged", '-', Kind.FLAG, true, "", "accept the limits of not being root"),
  ALLOW_UPROBES("allow-uprobes", '-', Kind.FLAG, true, "", "accept tasks with uprobes");

  /** What an option takes, and what becomes of several. */
  enum Kind {
    /** Nothing; the last one wins. */
    FLAG,
    /** A value; the last one wins. */
    VALUE,
    /** A value; all count. */
    LIST,
    /** Maybe a value, attached; the last one wins. */
    OPTIONAL_VALUE,
    /** Maybe a value, attached; all count. */
    OPTIONAL_LIST
  }

  private final String word;
  private final char letter;
  private final Kind kind;
  private final boolean negatable;
  private final String argument;
  private final String help;

  CriuOption(String word, char letter, Kind kind, boolean negatable, String argument, String help) {
    this.word = word;
    this.letter = letter;
    this.kind = kind;
    this.negatable = negatable;
    this.argument = argument;
    this.help = help;
  }

  /** The long name without its dashes. */
  String word() {
    return word;
  }

  /** The letter of the short form, or a dash when there is none. */
  char letter() {
    return letter;
  }

  Kind kind() {
    return kind;
  }

  /** Whether {@code --no-NAME} takes it back. */
  boolean negatable() {
    return negatable;
  }

  /** What stands for the value in the usage, or the empty text. */
  String argument() {
    return argument;
  }

  String help() {
    return help;
  }

  /** Whether a value must follow. */
  boolean needsValue() {
    return kind == Kind.VALUE || kind == Kind.LIST;
  }

  /** Whether a value may be there. */
  boolean takesValue() {
    return kind != Kind.FLAG;
  }

  /** Whether every one given counts, not the last alone. */
  boolean accumulates() {
    return kind == Kind.LIST || kind == Kind.OPTIONAL_LIST;
  }
}
