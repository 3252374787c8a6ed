/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Turns a packet that may not pass into what tells its sender so: a TCP reset, or an ICMP error. */
#ifndef GANDER_REJECT_H
#define GANDER_REJECT_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "answer.h"
#include "parse.h"
#include "redirect.h"
#include "reply.h"
#include "routing.h"
#include "shared.h"

#define TCP_FIN 0x01
#define TCP_RST 0x04
#define ICMP_UNREACHABLE 3
#define ICMP_PROHIBITED 13
#define ICMPV6_UNREACHABLE 1
#define ICMPV6_PROHIBITED 1
/* Bytes of the transport header that an ICMP error shows. */
#define ICMP_SHOWN 8
/* ICMP errors a second and CPU: RFC 1812 and RFC 4443 want a limit. */
#define REJECTIONS_MAX 1000

struct tcp_head {
	__be16 source, destination;
	__be32 sequence, acknowledged;
	__u8 length, flags; /* length in the upper 4 bits, in words */
	__be16 window, check, urgent;
};

struct icmp_head {
	__u8 type, code;
	__u16 check;
	__be32 unused;
};

static __always_inline __u64 pseudo_sum(const struct query *query, __u8 protocol, __u32 length)
{
	__u64 sum = bpf_htonl(protocol) + (__u64)bpf_htonl(length);

	for (int i = 0; i < 4; i++)
		if (query->ipv6 || i == 3)
			sum += (__u64)query->source.words[i] + query->asked.words[i];
	return sum;
}

/* The IP header of what goes back, `length` bytes of payload behind it. */
static __always_inline int store_ip(struct __sk_buff *skb, const struct query *query, __u8 protocol, __u32 length)
{
	if (query->ipv6) {
		struct ipv6hdr ip;

		fill_ipv6(&ip, query, length);
		ip.nexthdr = protocol;
		return bpf_skb_store_bytes(skb, ETH_HLEN, &ip, sizeof(ip), 0);
	} else {
		struct iphdr ip;
		const __u16 *words = (const void *)&ip;
		__u64 sum = 0;

		fill_ipv4(&ip, query, sizeof(ip) + length);
		ip.protocol = protocol;
		ip.check = 0;
		for (int i = 0; i < 10; i++)
			sum += words[i];
		ip.check = ~fold(sum);
		return bpf_skb_store_bytes(skb, ETH_HLEN, &ip, sizeof(ip), 0);
	}
}

/* `side`: where its sender is. */
static __always_inline int send_home(struct __sk_buff *skb, __u32 side)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	if (data + ETH_HLEN > end)
		return -1;
	exchange_macs(data);
	return bpf_redirect(skb->ifindex, side == SIDE_LOCAL ? BPF_F_INGRESS : 0);
}

/* RFC 9293 3.10.7.1: what answers a segment for which there is no connection. */
static __always_inline int reset(struct __sk_buff *skb, const struct query *query, __u32 side)
{
	__u32 header = query->ipv6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr), offset = ETH_HLEN + header;
	__u32 payload, words;
	struct tcp_head before, tcp = {};
	__u64 sum;

	if (!LOAD(skb, offset, &before) || (before.flags & TCP_RST))
		return -1;
	payload = query->payload - (before.length >> 4) * 4;
	tcp.source = before.destination;
	tcp.destination = before.source;
	tcp.length = sizeof(tcp) / 4 << 4;
	if (before.flags & TCP_ACK) {
		tcp.flags = TCP_RST;
		tcp.sequence = before.acknowledged;
	} else {
		tcp.flags = TCP_RST | TCP_ACK;
		tcp.acknowledged = bpf_htonl(bpf_ntohl(before.sequence) + payload + !!(before.flags & TCP_SYN) +
					     !!(before.flags & TCP_FIN));
	}
	/* Where whoever sends the packet out fills the checksum in, the field holds the pseudo header's; else, one in
	 * 65,536 times, it only looks so. */
	sum = fold(pseudo_sum(query, IPPROTO_TCP, sizeof(tcp)));
	if (before.check != fold(pseudo_sum(query, IPPROTO_TCP, query->payload))) {
		words = bpf_htons(tcp.length << 8 | tcp.flags);
		sum = ~fold(sum + tcp.source + tcp.destination + tcp.sequence + (__u64)tcp.acknowledged + words);
	}
	tcp.check = sum;
	if (set_length(skb, offset + sizeof(tcp)) || store_ip(skb, query, IPPROTO_TCP, sizeof(tcp)) ||
	    bpf_skb_store_bytes(skb, offset, &tcp, sizeof(tcp), 0))
		return -1;
	return send_home(skb, side);
}

static __always_inline int too_many(struct routing *r)
{
	__u32 now = bpf_ktime_get_coarse_ns() / NS_PER_SECOND;

	if (r->second != now) {
		r->second = now;
		r->rejections = 0;
	}
	return r->rejections++ >= REJECTIONS_MAX;
}

/* The packet, cut behind the first bytes of its transport header, becomes what the ICMP error shows. */
static __always_inline int prohibit(struct __sk_buff *skb, const struct query *query, struct routing *r, __u32 side)
{
	__u32 header = query->ipv6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	__u32 shown = header + ICMP_SHOWN, length = sizeof(struct icmp_head) + shown;
	__u8 protocol = query->ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	struct icmp_head icmp = {};
	struct udphdr udp;
	__u32 ip[10] = {};
	__u64 sum = 0;
	__u16 pseudo;

	if (too_many(r) || !LOAD(skb, ETH_HLEN + header, &udp))
		return -1;
	pseudo = fold(pseudo_sum(query, IPPROTO_UDP, query->payload));
	/* A checksum to be filled in will be filled in here too, over the 8 bytes that are left. */
	if (udp.check == pseudo)
		udp.check = ~fold((__u64)udp.source + udp.dest + udp.len + pseudo);
	if (query->ipv6 ? bpf_skb_load_bytes(skb, ETH_HLEN, ip, 40) : bpf_skb_load_bytes(skb, ETH_HLEN, ip, 20))
		return -1;
	for (int i = 0; i < 10; i++)
		sum += ip[i];
	sum += (__u64)udp.source + udp.dest + udp.len + udp.check;
	icmp.type = query->ipv6 ? ICMPV6_UNREACHABLE : ICMP_UNREACHABLE;
	icmp.code = query->ipv6 ? ICMPV6_PROHIBITED : ICMP_PROHIBITED;
	sum += bpf_htons(icmp.type << 8 | icmp.code);
	if (query->ipv6)
		sum += pseudo_sum(query, protocol, length);
	icmp.check = ~fold(sum);
	if (set_length(skb, ETH_HLEN + shown) ||
	    bpf_skb_adjust_room(skb, header + sizeof(icmp), BPF_ADJ_ROOM_MAC, 0) ||
	    store_ip(skb, query, protocol, length) ||
	    bpf_skb_store_bytes(skb, ETH_HLEN + header, &icmp, sizeof(icmp), 0))
		return -1;
	return send_home(skb, side);
}

/* What the hook returns for a packet that may not pass. Only plain ones are answered. */
__noinline int refuse(struct __sk_buff *skb, struct query *query, __u32 side)
{
	const struct rules_header *header = header_of(the_rules());
	struct routing *r = the_routing();
	int action = -1;

	if (!header || !r || !query)
		return TC_ACT_SHOT;
	if ((header->flags & RULES_REJECT) && query->plain && !query->fragment &&
	    !is_odd_address(&query->source, query->ipv6) && !is_odd_address(&query->asked, query->ipv6) &&
	    (query->ip || !make_frame(skb, query)) && query->ip == ETH_HLEN)
		action = query->protocol == IPPROTO_TCP ? reset(skb, query, side) : prohibit(skb, query, r, side);
	count(action < 0 ? ROUTE_DROPPED : ROUTE_REJECTED);
	return action < 0 ? TC_ACT_SHOT : action;
}

#endif
