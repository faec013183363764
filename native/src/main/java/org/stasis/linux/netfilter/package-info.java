/**
 * The packet filter, as far as connections have to be kept silent: tables of nf_tables, made and
 * removed by netlink(7) alone, so that neither nft(8) nor iptables(8) has to be there.
 */
@org.jspecify.annotations.NullMarked
package org.stasis.linux.netfilter;
