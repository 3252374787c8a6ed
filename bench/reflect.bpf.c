/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * The cheapest server there could be, for bench/kernel: each query (IPv4, no options, no VLAN) goes back as
 * its own answer. What a machine spends on a load with this behind it is the load generator's and the wire's.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int reflect(struct __sk_buff *skb)
{
	struct {
		struct ethhdr eth;
		struct iphdr ip;
		struct udphdr udp;
		__be16 id, flags;
	} __attribute__((packed)) head;
	__u8 mac[ETH_ALEN];
	__be32 address;
	__be16 port;

	if (bpf_skb_load_bytes(skb, 0, &head, sizeof(head)) || head.eth.h_proto != bpf_htons(ETH_P_IP) ||
	    head.ip.protocol != 17 || head.udp.dest != bpf_htons(53))
		return TC_ACT_UNSPEC;
	__builtin_memcpy(mac, head.eth.h_source, ETH_ALEN);
	__builtin_memcpy(head.eth.h_source, head.eth.h_dest, ETH_ALEN);
	__builtin_memcpy(head.eth.h_dest, mac, ETH_ALEN);
	address = head.ip.saddr;
	head.ip.saddr = head.ip.daddr;
	head.ip.daddr = address;
	port = head.udp.source;
	head.udp.source = head.udp.dest;
	head.udp.dest = port;
	head.udp.check = 0;
	head.flags = bpf_htons(0x8180);
	if (bpf_skb_store_bytes(skb, 0, &head, sizeof(head), 0))
		return TC_ACT_SHOT;
	return bpf_redirect(skb->ifindex, 0);
}

char _license[] SEC("license") = "Dual BSD/GPL";
