/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Across the pair and back. On the pair the two MAC addresses carry words, not addresses; both start
 * with 02:67, locally administered and 'g':
 *   LAN -> listener   destination 02:67 + index into listen_sockets (TCP: TCP_LISTENER), source 02:67 + identity word
 *   listener -> LAN   destination whatever the namespace wrote,       source 02:67 + identity word
 */
#ifndef GANDER_REDIRECT_H
#define GANDER_REDIRECT_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "maps.h"
#include "parse.h"
#include "shared.h"

#define PAIR_PREFIX bpf_htons(0x0267)
#define DESTINATION_MAC 0
#define SOURCE_MAC 6
#define ETHER_TYPE 12

struct word_mac {
	__be16 prefix;
	__be32 word;
} __attribute__((packed));

struct pair_head {
	struct word_mac destination, source;
} __attribute__((packed));

/*
 * As if gander were not there: the next program on the hook runs, then the stack. (TC_ACT_OK would end
 * the chain under tcx and hide the packet from others' programs.)
 */
#define LEAVE_ALONE TC_ACT_UNSPEC
/*
 * For programs, not their functions: leaves alone without another step. clang gathers all ways out behind everything
 * else, which is one more line of code to be fetched for each packet that passes; that each is of another line of the
 * source keeps it from that.
 */
#define LEAVE_AT_ONCE()                                                           \
	do {                                                                      \
		asm volatile("r0 = %[verdict]\n\texit"                            \
			     :                                                    \
			     : [verdict] "i"(LEAVE_ALONE), [line] "i"(__LINE__)   \
			     : "r0");                                             \
		__builtin_unreachable();                                          \
	} while (0)

static __always_inline int leave_alone(enum counter why)
{
	count(why);
	return LEAVE_ALONE;
}

static __always_inline int drop(enum counter why)
{
	count(why);
	return TC_ACT_SHOT;
}

/* For what has no mark in user space. */
static __always_inline void remember_handoff(const struct query *query, __u32 word)
{
	struct client_key client = { .address = query->source, .port = query->source_port };

	bpf_map_update_elem(&handoffs, &client, &word, BPF_ANY);
}

static __always_inline __u32 listener_of(const struct query *query)
{
	__u32 first = query->ipv6 ? LISTENERS_MAX : 0;
	__u32 hash;

	if (settings.listeners_per_family <= 1)
		return first;
	hash = query->source.words[0] ^ query->source.words[1] ^ query->source.words[2] ^ query->source.words[3];
	hash = (hash ^ query->source_port) * 0x9e3779b1U; /* Fibonacci hashing: the high bits are the good ones */
	return first + (__u32)(((__u64)hash * settings.listeners_per_family) >> 32);
}

static __always_inline int anyone_listens(__u32 listener)
{
	struct bpf_sock *socket = bpf_map_lookup_elem(&listen_sockets, &listener);

	if (!socket)
		return 0;
	bpf_sk_release(socket);
	return 1;
}

/* A bit of the filter: the words of an address as they are read, Fibonacci hashing. LocalAddresses does the same. */
static __always_inline __u32 local_bit(const struct address *address)
{
	__u32 hash = address->words[0] ^ address->words[1] ^ address->words[2] ^ address->words[3];

	return (hash * 0x9e3779b1U) >> 20;
}

static __always_inline int is_local(const struct address *address)
{
	__u32 zero = 0, bit = local_bit(address);
	const struct local_filter *filter = bpf_map_lookup_elem(&local_filter, &zero);

	if (!filter || !(filter->words[(bit / 64) & (LOCAL_FILTER_WORDS - 1)] >> (bit % 64) & 1))
		return 0;
	/* Before Linux 6.2 a key may not lie in what a global function was given. */
	struct address key = *address;

	return bpf_map_lookup_elem(&local_addresses, &key) != 0;
}

/* For look-ups of sockets and connections; its size is the result. */
static __always_inline __u32 tuple_of(const struct query *query, struct bpf_sock_tuple *tuple)
{
	if (query->ipv6) {
		__builtin_memcpy(tuple->ipv6.saddr, &query->source, sizeof(tuple->ipv6.saddr));
		__builtin_memcpy(tuple->ipv6.daddr, &query->asked, sizeof(tuple->ipv6.daddr));
		tuple->ipv6.sport = query->source_port;
		tuple->ipv6.dport = query->destination_port;
		return sizeof(tuple->ipv6);
	}
	tuple->ipv4.saddr = query->source.words[3];
	tuple->ipv4.daddr = query->asked.words[3];
	tuple->ipv4.sport = query->source_port;
	tuple->ipv4.dport = query->destination_port;
	return sizeof(tuple->ipv4);
}

static __always_inline int hijacks_local(void)
{
	return terms.flags & TERMS_HIJACK_LOCAL;
}

/* An address of this machine was asked, and a socket here (not gander's listener) takes it. */
static __always_inline int served_here(struct __sk_buff *skb, const struct query *query)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *socket;
	__u32 size;

	if (!is_local(&query->asked) || hijacks_local())
		return 0;
	size = tuple_of(query, &tuple);
	socket = bpf_sk_lookup_udp(skb, &tuple, size, BPF_F_CURRENT_NETNS, 0);
	if (!socket)
		return 0;
	bpf_sk_release(socket);
	return 1;
}

enum tcp_end {
	NO_SOCKET,
	LISTENING,
	CONNECTED, /* also in the handshake, and closed for a while */
};

/* The socket that a segment would find in a namespace. */
static __always_inline enum tcp_end tcp_end(struct __sk_buff *skb, const struct query *query, __u64 namespace)
{
	struct bpf_sock_tuple tuple = {};
	__u32 size = tuple_of(query, &tuple);
	struct bpf_sock *socket = bpf_skc_lookup_tcp(skb, &tuple, size, namespace, 0);
	enum tcp_end end;

	if (!socket)
		return NO_SOCKET;
	end = socket->state == BPF_TCP_LISTEN ? LISTENING : CONNECTED;
	bpf_sk_release(socket);
	return end;
}

/*
 * Whether a segment answers a cookie: while too many handshakes are under way (a SYN flood) the listener keeps nothing
 * of further ones. Where there has been no flood the kernel says so at once.
 */
__noinline int answers_cookie(struct __sk_buff *skb, const struct query *query)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *listener;
	struct tcphdr tcp;
	struct ipv6hdr ip; /* That of IPv4 is shorter, but not together with TCP's. */
	int answers;

	if (!query || !LOAD(skb, query->ip, &ip) || !LOAD(skb, query->udp, &tcp))
		return 0;
	listener = bpf_skc_lookup_tcp(skb, &tuple, tuple_of(query, &tuple), settings.namespace_id, 0);
	if (!listener)
		return 0;
	answers = !bpf_tcp_check_syncookie(listener, &ip, sizeof(ip), &tcp, sizeof(tcp));
	bpf_sk_release(listener);
	return answers;
}

/*
 * Whether a segment is for the listener: it begins a connection, or is of one that was begun there. Those that are
 * older than we are, or a local service's, go on as they are.
 */
static __always_inline int is_ours(struct __sk_buff *skb, struct query *query)
{
	enum tcp_end end = tcp_end(skb, query, settings.namespace_id);

	if (end != LISTENING)
		return end == CONNECTED;
	if (!query->opens)
		query->opens = answers_cookie(skb, query);
	/* Sockets of a link-local client are bound to dae0peer, so that a look-up from here finds the listener. */
	return query->opens ||
	       (query->ipv6 && (query->source.words[0] & bpf_htonl(0xffc00000)) == bpf_htonl(0xfe800000));
}

/* A link without Ethernet headers: from now on the packet has one, and cannot be left alone any more. */
static __always_inline int add_header(struct __sk_buff *skb)
{
	__be16 proto = skb->protocol;

	return bpf_skb_change_head(skb, ETH_HLEN, 0) ||
	       bpf_skb_store_bytes(skb, ETHER_TYPE, &proto, sizeof(proto), 0);
}

/* The same, for those who read the packet after that. */
static __always_inline int make_frame(struct __sk_buff *skb, struct query *query)
{
	if (add_header(skb))
		return -1;
	query->ip += ETH_HLEN;
	query->udp += ETH_HLEN;
	return 0;
}

/* Strips the tags and writes the words, into a header of its own where the link has none; not 0 if that fails. */
static __always_inline int readdress(struct __sk_buff *skb, const struct query *query, __u32 listener,
				     __u32 word)
{
	struct pair_head head = {
		.destination = { PAIR_PREFIX, bpf_htonl(listener) },
		.source = { PAIR_PREFIX, bpf_htonl(word) },
	};

	if (!query->ip && add_header(skb))
		return -1;
	for (int i = 0; i < VLAN_TAGS_MAX; i++)
		if (i < query->tag_count && bpf_skb_vlan_pop(skb))
			return -1;
	return bpf_skb_store_bytes(skb, DESTINATION_MAC, &head, sizeof(head), 0);
}

/* Sends the frame to the listener's namespace. */
static __always_inline int hand_over(struct __sk_buff *skb, const struct query *query, __u32 listener,
				     __u32 word)
{
	if (readdress(skb, query, listener, word)) {
		count(DROPPED_HANDOVER);
		return TC_ACT_SHOT;
	}
	count(listener == TCP_LISTENER ? TCP_SEGMENTS : QUERIES);
	return settings.redirect_peer ? bpf_redirect_peer(settings.dae0_ifindex, 0)
				      : bpf_redirect(settings.dae0_ifindex, 0);
}

/* The same for a segment; of a local service's connections none is taken that is there already. */
static __always_inline int segment_served_here(struct __sk_buff *skb, const struct query *query)
{
	enum tcp_end end;

	if (!is_local(&query->asked))
		return 0;
	end = tcp_end(skb, query, BPF_F_CURRENT_NETNS);
	return end == CONNECTED || (end == LISTENING && !hijacks_local());
}

/* Gives a reply the addresses and tags of its query's frame, mirrored, and sends it where that came from. */
static __always_inline int send_back(struct __sk_buff *skb, const struct identity_key *key)
{
	struct {
		__u8 destination[ETH_ALEN], source[ETH_ALEN];
	} head;

	__builtin_memcpy(head.destination, key->client_mac, ETH_ALEN);
	__builtin_memcpy(head.source, key->router_mac, ETH_ALEN);
	if (bpf_skb_store_bytes(skb, DESTINATION_MAC, &head, sizeof(head), 0))
		goto failed;
	for (int i = VLAN_TAGS_MAX - 1; i >= 0; i--)
		if (key->tags[i].proto && bpf_skb_vlan_push(skb, key->tags[i].proto, key->tags[i].tci))
			goto failed;
	count(REPLIES);
	if (key->side == SIDE_LAN)
		return bpf_redirect(key->ifindex, 0);
	/* Not dae0's address is its destination; and a link without Ethernet headers does not look at it. */
	if (skb->pkt_type != PACKET_HOST)
		bpf_skb_change_type(skb, PACKET_HOST);
	return bpf_redirect(key->ifindex, BPF_F_INGRESS);
failed:
	count(DROPPED_REPLY);
	return TC_ACT_SHOT;
}

#endif
