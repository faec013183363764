package org.stasis.linux.bpf;

/**
 * {@code struct bpf_map_info} of {@code linux/bpf.h}.
 *
 * @param type of {@code enum bpf_map_type}
 * @param id for {@link BpfMap#byId}; another one after every boot and every restore
 * @param keySize in bytes
 * @param valueSize in bytes, of one processor's value where each has one
 * @param maxEntries how many it may hold
 * @param flags {@code BPF_F_} flags it was made with
 * @param name without the NUL
 * @param ifindex of the network device that holds it; 0 for the kernel itself
 * @param btfId of its type information; 0 without
 * @param extra {@code map_extra}, whose meaning depends on the type
 */
public record BpfMapInfo(
    int type,
    int id,
    int keySize,
    int valueSize,
    int maxEntries,
    int flags,
    String name,
    int ifindex,
    int btfId,
    long extra) {}
