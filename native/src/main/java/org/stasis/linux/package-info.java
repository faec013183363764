/**
 * Linux as Java sees it: one class for a family of calls, and nothing but the calls.
 *
 * <ul>
 *   <li>Descriptors: {@code Fd} and who closes it, {@code Open}, {@code Fcntl}, {@code Names},
 *       {@code Stat}, {@code Poll}, {@code Epoll}.
 *   <li>Tasks: {@code Processes}, {@code PidFd}, {@code Ptrace} and what it reads ({@code SigInfo},
 *       {@code SeccompFilter}, {@code RseqConfiguration} …), {@code Kcmp}; registers are in {@code
 *       x86}.
 *   <li>Memory: {@code Mapping}, {@code ProcessVm} with {@code IoVector}, {@code Userfaultfd},
 *       {@code Futex}; which pages hold something is {@code Pagemap} in {@code proc}.
 *   <li>Mounts and namespaces: {@code MountApi}, {@code FileSystemContext}, {@code MountStat},
 *       {@code ThreadNamespaces}, {@code NamespaceFile}.
 * </ul>
 *
 * <p>{@code /proc} is read in {@code proc}; System V IPC is in {@code ipc}; sockets and netlink are
 * in {@code socket}; the agent's channel and programs are in {@code agent}. A call that fails
 * throws {@code SyscallException}, which knows call, subject and errno; task and object are added
 * by whoever knows them. Every call goes through {@code Syscall}, and memory for its arguments
 * comes from {@code foreign.Scratch}. Structures are layouts that carry their C names, so that
 * tests hold them against the headers.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.linux;
