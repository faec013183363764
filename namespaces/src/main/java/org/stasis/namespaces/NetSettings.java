package org.stasis.namespaces;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.images.proto.SysctlEntry;
import org.stasis.images.proto.SysctlType;
import org.stasis.linux.SyscallException;

/**
 * Settings of network devices. Images keep them as arrays in which the place tells the name: the
 * lists below are part of the format, and only ever grow at their ends.
 *
 * @param directory below {@code /proc/sys}; a directory in it has the settings of each device
 * @param names of the settings, in the order of the format
 */
record NetSettings(String directory, List<String> names) {
  static final NetSettings IPV4 =
      new NetSettings(
          "net/ipv4/conf/",
          List.of(
              "accept_local",
              "accept_redirects",
              "accept_source_route",
              "arp_accept",
              "arp_announce",
              "arp_filter",
              "arp_ignore",
              "arp_notify",
              "bootp_relay",
              "disable_policy",
              "disable_xfrm",
              "force_igmp_version",
              "forwarding",
              "igmpv2_unsolicited_report_interval",
              "igmpv3_unsolicited_report_interval",
              "log_martians",
              "medium_id",
              "promote_secondaries",
              "proxy_arp",
              "proxy_arp_pvlan",
              "route_localnet",
              "rp_filter",
              "secure_redirects",
              "send_redirects",
              "shared_media",
              "src_valid_mark",
              "tag",
              "ignore_routes_with_linkdown",
              "drop_gratuitous_arp",
              "drop_unicast_in_l2_multicast"));

  static final NetSettings IPV6 =
      new NetSettings(
          "net/ipv6/conf/",
          List.of(
              "accept_dad",
              "accept_ra",
              "accept_ra_defrtr",
              "accept_ra_from_local",
              "accept_ra_min_hop_limit",
              "accept_ra_mtu",
              "accept_ra_pinfo",
              "accept_ra_rt_info_max_plen",
              "accept_ra_rtr_pref",
              "accept_redirects",
              "accept_source_route",
              "autoconf",
              "dad_transmits",
              "disable_ipv6",
              "drop_unicast_in_l2_multicast",
              "drop_unsolicited_na",
              "force_mld_version",
              "force_tllao",
              "forwarding",
              "hop_limit",
              "ignore_routes_with_linkdown",
              "keep_addr_on_down",
              "max_addresses",
              "max_desync_factor",
              "mldv1_unsolicited_report_interval",
              "mldv2_unsolicited_report_interval",
              "mtu",
              "ndisc_notify",
              "optimistic_dad",
              "proxy_ndp",
              "regen_max_retry",
              "router_probe_interval",
              "router_solicitation_delay",
              "router_solicitation_interval",
              "router_solicitations",
              "stable_secret",
              "suppress_frag_ndisc",
              "temp_prefered_lft",
              "temp_valid_lft",
              "use_oif_addrs_only",
              "use_optimistic",
              "use_tempaddr"));

  private static final String SECRET = "stable_secret";
  private static final String RANGE = "ping_group_range";

  /** Settings of the whole namespace. */
  static final NetSettings UNIX = new NetSettings("net/unix/", List.of("max_dgram_qlen"));

  static final NetSettings IPV4_WHOLE = new NetSettings("net/ipv4/", List.of(RANGE));

  private Sysctl setting(String device, String name) {
    return new Sysctl(directory + (device.isEmpty() ? "" : device + "/") + name);
  }

  private boolean isText(String name) {
    return name.equals(SECRET) || name.equals(RANGE);
  }

  /**
   * Reads the settings in the calling thread's network namespace.
   *
   * @param device a device, {@code default}, {@code all}, or empty for those of the namespace
   * @return as many entries as there are names; those that the kernel has not are empty
   */
  List<SysctlEntry> capture(String device) throws SyscallException {
    List<SysctlEntry> entries = new ArrayList<>(names.size());
    for (String name : names) {
      SysctlType type = isText(name) ? SysctlType.CTL_STR : SysctlType.CTL_32;
      SysctlEntry.Builder entry = SysctlEntry.newBuilder().setType(type);
      String value = setting(device, name).readIfSet();
      if (value != null && isText(name)) {
        entry.setSarg(value);
      } else if (value != null) {
        entry.setIarg((int) Long.parseLong(value));
      }
      entries.add(entry.build());
    }
    return entries;
  }

  /**
   * Writes settings in the calling thread's network namespace, as far as they differ.
   *
   * @param device a device, {@code default}, {@code all}, or empty for those of the namespace
   * @param entries as {@link #capture} made them; may be shorter
   * @param weak whether settings that this kernel refuses are left as they are
   */
  void restore(String device, List<SysctlEntry> entries, boolean weak) throws SyscallException {
    for (int i = 0; i < Math.min(entries.size(), names.size()); i++) {
      SysctlEntry entry = entries.get(i);
      String value = value(entry);
      Sysctl setting = setting(device, names.get(i));
      if (value == null || value.equals(setting.readIfSet())) {
        continue;
      }
      try {
        setting.write(value);
      } catch (SyscallException e) {
        if (!weak) {
          throw e;
        }
      }
    }
  }

  private static @Nullable String value(SysctlEntry entry) {
    if (entry.getType() == SysctlType.CTL_STR) {
      return entry.hasSarg() ? entry.getSarg() : null;
    }
    return entry.hasIarg() ? Integer.toString(entry.getIarg()) : null;
  }
}
