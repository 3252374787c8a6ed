/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Find out whether a frame is a DNS query over UDP, or a TCP segment to port 53, without touching it. */
#ifndef GANDER_PARSE_H
#define GANDER_PARSE_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "shared.h"

#define DNS_PORT 53
#define DNS_HEADER 12
#define TCP_SYN 0x02
#define TCP_ACK 0x10
/* More than any honest sender uses; RFC 8200 recommends at most one of each kind, six kinds. */
#define IPV6_EXTENSIONS_MAX 6
#define IPV4_FRAGMENT 0x3fff /* more-fragments bit and offset */
#define IPV4_OFFSET 0x1fff
#define IPV6_FRAGMENT 0xfff9
#define IPV6_OFFSET 0xfff8

/* query.fragment: the first one, and its ports are known; or they are in a later one, or behind too many headers. */
#define FIRST_FRAGMENT 1
#define HIDES_PORTS 2

struct query {
	struct address source, asked;
	__be16 source_port;
	__u8 ipv6;
	__u8 tag_count;
	__u8 opens; /* a TCP connection that begins: by its SYN, or by what answers a SYN cookie */
	__u8 plain; /* neither IP options nor extension headers */
	__u8 protocol; /* TCP or UDP if the ports are known, else 0 */
	__u8 dscp;
	__u8 tcp_flags;
	__u8 fragment; /* FIRST_FRAGMENT, HIDES_PORTS, or 0 */
	__be16 destination_port;
	struct vlan_tag tags[VLAN_TAGS_MAX];
	__u32 ip, udp; /* where the headers begin; of a TCP segment `udp` is TCP's */
	__u16 udp_length;
	__be16 udp_check;
	__u32 payload; /* bytes behind the IP header, as that says */
};

enum shape {
	NOT_DNS,	/* leave it alone */
	TCP_SEGMENT,	/* TCP to port 53 */
	WHOLE_QUERY,	/* UDP to port 53 with room for a DNS header */
	FRAGMENTED,	/* the first fragment of one */
	MALFORMED,	/* UDP to port 53 whose lengths cannot be true */
	TOO_EXTENDED,	/* IPv6 extension headers beyond the bound */
	TOO_DEEP,	/* VLAN tags beyond the bound */
};

/* Offsets up to here are read from the frame itself. */
#define HEADERS_MAX 0xff

/* The frame itself where these bytes are in its linear part, as they nearly always are; else by the helper, which
 * costs a few ns each time. True if there are so many. In words as wide as the type's: what has none clang copies one
 * byte at a time. The machines gander runs on read words wherever they lie. */
#define LOAD(skb, offset, into)                                                                                        \
	({                                                                                                             \
		__u32 _at = (offset);                                                                                  \
		const typeof(*(into)) *_found = (void *)(long)(skb)->data + _at;                                       \
		int _there = _at <= HEADERS_MAX && (void *)(_found + 1) <= (void *)(long)(skb)->data_end;              \
                                                                                                                       \
		if (_there)                                                                                            \
			__builtin_memcpy(into, _found, sizeof(*_found));                                               \
		else                                                                                                   \
			_there = bpf_skb_load_bytes(skb, _at, into, sizeof(*(into))) == 0;                             \
		_there;                                                                                                \
	})

struct mac {
	__be16 words[3];
};

static __always_inline int is_vlan(__be16 proto)
{
	return proto == bpf_htons(ETH_P_8021Q) || proto == bpf_htons(ETH_P_8021AD);
}

/* Written out, because clang 14 computes an indexed stack address in a way the verifier refuses. */
static __always_inline void add_tag(struct query *query, __be16 proto, __u16 tci)
{
	struct vlan_tag tag = { .proto = proto, .tci = tci };

	if (query->tag_count == 0)
		query->tags[0] = tag;
	else
		query->tags[1] = tag;
	query->tag_count++;
}

/* The VLAN id of the innermost tag that names one, 0 without. */
static __always_inline __u16 vlan_of(const struct query *query)
{
	return (query->tags[1].tci ? query->tags[1].tci : query->tags[0].tci) & 0xfff;
}

struct ports {
	__be16 source, destination;
};

/* TCP at `offset`; fragments are left to the stack. */
static __always_inline enum shape parse_tcp(struct __sk_buff *skb, struct query *query, __u32 offset, int fragmented)
{
	struct {
		struct ports ports;
		__be32 numbers[2];
		__u8 length, flags;
	} tcp = {};

	/* The flags may be in the next fragment. */
	if (!LOAD(skb, offset, &tcp) && !(fragmented && LOAD(skb, offset, &tcp.ports))) {
		query->fragment = fragmented ? HIDES_PORTS : 0;
		return NOT_DNS;
	}
	query->protocol = IPPROTO_TCP;
	query->source_port = tcp.ports.source;
	query->destination_port = tcp.ports.destination;
	query->tcp_flags = tcp.flags;
	query->fragment = fragmented ? FIRST_FRAGMENT : 0;
	if (fragmented || tcp.ports.destination != bpf_htons(DNS_PORT))
		return NOT_DNS;
	query->udp = offset;
	query->opens = (tcp.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	return TCP_SEGMENT;
}

/* UDP at `offset`, with `room` bytes from there to the end of the IP payload. */
static __always_inline enum shape parse_udp(struct __sk_buff *skb, struct query *query, __u32 offset,
					    __u32 room, int fragmented)
{
	struct ports ports;
	struct udphdr udp;

	if (!LOAD(skb, offset, &ports)) {
		query->fragment = fragmented ? HIDES_PORTS : 0;
		return NOT_DNS;
	}
	query->protocol = IPPROTO_UDP;
	query->source_port = ports.source;
	query->destination_port = ports.destination;
	query->fragment = fragmented ? FIRST_FRAGMENT : 0;
	if (ports.destination != bpf_htons(DNS_PORT))
		return NOT_DNS;
	if (fragmented)
		return FRAGMENTED;
	if (!LOAD(skb, offset, &udp))
		return MALFORMED;
	if (bpf_ntohs(udp.len) < sizeof(udp) + DNS_HEADER || bpf_ntohs(udp.len) > room ||
	    offset + bpf_ntohs(udp.len) > skb->len)
		return MALFORMED;
	query->udp = offset;
	query->udp_length = bpf_ntohs(udp.len);
	query->udp_check = udp.check;
	return WHOLE_QUERY;
}

static __always_inline enum shape parse_ipv4(struct __sk_buff *skb, struct query *query, __u32 offset)
{
	struct iphdr ip;
	__u32 header, total;

	if (!LOAD(skb, offset, &ip) || (ip.protocol != IPPROTO_UDP && ip.protocol != IPPROTO_TCP) ||
	    ip.version != 4 || ip.ihl < 5)
		return NOT_DNS;
	if (ip.frag_off & bpf_htons(IPV4_OFFSET))
		return NOT_DNS; /* no ports here to know it by */
	header = ip.ihl * 4;
	total = bpf_ntohs(ip.tot_len);
	query->source.words[2] = query->asked.words[2] = bpf_htonl(0xffff);
	query->source.words[3] = ip.saddr;
	query->asked.words[3] = ip.daddr;
	query->ip = offset;
	query->plain = ip.ihl == 5;
	query->dscp = ip.tos >> 2;
	query->payload = total > header ? total - header : 0;
	if (ip.protocol == IPPROTO_TCP)
		return parse_tcp(skb, query, offset + header, ip.frag_off & bpf_htons(IPV4_FRAGMENT));
	return parse_udp(skb, query, offset + header, query->payload, ip.frag_off & bpf_htons(IPV4_FRAGMENT));
}

static __always_inline enum shape parse_ipv6(struct __sk_buff *skb, struct query *query, __u32 offset)
{
	struct ipv6hdr ip;
	__u32 end;
	__u8 next;
	int fragmented = 0;

	if (!LOAD(skb, offset, &ip) || ip.version != 6)
		return NOT_DNS;
	__builtin_memcpy(&query->source, &ip.saddr, sizeof(query->source));
	__builtin_memcpy(&query->asked, &ip.daddr, sizeof(query->asked));
	query->ipv6 = 1;
	query->ip = offset;
	query->plain = ip.nexthdr == IPPROTO_UDP || ip.nexthdr == IPPROTO_TCP;
	query->dscp = (ip.priority << 2 | ip.flow_lbl[0] >> 6) & 0x3f;
	query->payload = bpf_ntohs(ip.payload_len);
	offset += sizeof(ip);
	end = offset + bpf_ntohs(ip.payload_len);
	next = ip.nexthdr;
	for (int i = 0; i <= IPV6_EXTENSIONS_MAX; i++) {
		struct {
			__u8 next, length; /* in units of 8 bytes, the first not counted */
			union {
				__be16 fragment;
				struct {
					__u8 type, segments_left;
				} routing;
			};
		} extension;

		if (next == IPPROTO_UDP)
			return parse_udp(skb, query, offset, end > offset ? end - offset : 0, fragmented);
		if (next == IPPROTO_TCP)
			return parse_tcp(skb, query, offset, fragmented);
		if (next != IPPROTO_HOPOPTS && next != IPPROTO_DSTOPTS && next != IPPROTO_ROUTING &&
		    next != IPPROTO_FRAGMENT)
			return NOT_DNS;
		if (!LOAD(skb, offset, &extension)) {
			query->fragment = fragmented ? HIDES_PORTS : 0;
			return NOT_DNS; /* cut short: else the stack's own business */
		}
		if (next == IPPROTO_FRAGMENT) {
			if (extension.fragment & bpf_htons(IPV6_OFFSET))
				return NOT_DNS;
			/* An atomic fragment (RFC 6946) is a whole datagram. */
			fragmented = (extension.fragment & bpf_htons(IPV6_FRAGMENT)) != 0;
			offset += 8;
		} else {
			if (next == IPPROTO_ROUTING && extension.routing.segments_left)
				return NOT_DNS; /* the address is not yet the last one */
			offset += (extension.length + 1) * 8;
		}
		next = extension.next;
	}
	query->fragment = HIDES_PORTS;
	return TOO_EXTENDED;
}

/* Fills `query`, which must be zeroed; complete only for WHOLE_QUERY. `offset`: what follows the link's header. */
static __always_inline enum shape parse(struct __sk_buff *skb, struct query *query, __u32 offset)
{
	__be16 proto = skb->protocol;

	if (skb->vlan_present)
		add_tag(query, skb->vlan_proto, skb->vlan_tci);
	for (int i = 0; i < VLAN_TAGS_MAX && is_vlan(proto); i++) {
		struct {
			__be16 tci, proto;
		} tag;

		if (query->tag_count >= VLAN_TAGS_MAX)
			return TOO_DEEP;
		if (!LOAD(skb, offset, &tag))
			return NOT_DNS;
		add_tag(query, proto, bpf_ntohs(tag.tci));
		proto = tag.proto;
		offset += sizeof(tag);
	}
	if (proto == bpf_htons(ETH_P_IP))
		return parse_ipv4(skb, query, offset);
	if (proto == bpf_htons(ETH_P_IPV6))
		return parse_ipv6(skb, query, offset);
	return is_vlan(proto) ? TOO_DEEP : NOT_DNS;
}

#endif
