/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* The verdict on a packet: what was decided of its flow before, or else what the rules of routing.h say, remembered. */
#ifndef GANDER_FLOWS_H
#define GANDER_FLOWS_H

#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "maps.h"
#include "parse.h"
#include "routing.h"
#include "rules.h"
#include "shared.h"

struct flow_table {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct flow_key));
	__uint(value_size, sizeof(struct flow));
};

/* What was decided of whom, while there are rules. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct flow_table);
} flows SEC(".maps");

/* Who sent a frame, as it lies there: behind a header of 14 bytes, words are where processors like them. */
struct sender {
	__u32 first;
	__u16 last;
} __attribute__((packed, aligned(4)));

#define RECENT_WORDS 8 /* of the addresses */

/*
 * Whose last packet on this CPU was let by as it was: the next one is told by comparing, without a hash over all its
 * facts. What another CPU has learnt of a connection since is no harm: its first segment is not told by this, and what
 * began outside is let by, too. It fits into one line of a cache.
 */
struct recent {
	__u32 addresses[RECENT_WORDS]; /* as they lie in a packet; of IPv4 there are two words */
	__u32 ports;
	__u32 facts; /* small_facts */
	__u32 generation;
	struct sender sender; /* zeros on links without Ethernet headers */
	__u16 uses;	      /* left */
	__u8 must;
	__u8 anybody; /* whatever process it is of */
	__u8 zero[6];
};

/* How many there are; all fit into the CPU's nearest memory. */
#define RECENTS_BITS 7
#define RECENTS (1 << RECENTS_BITS)
/* `flows` forgets what it is not asked about, and an address may have become this machine's own. */
#define RECENT_USES 64

struct recents {
	struct recent of[RECENTS];
	__u64 processes[RECENTS][2]; /* asked for where it matters only */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct recents);
} recents SEC(".maps");

static __always_inline struct recents *the_recents(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&recents, &zero);
}

/* By the last words of the addresses. */
static __always_inline __u32 recent_place(__u32 source, __u32 destination, __u32 ports)
{
	return (source ^ destination * 5 ^ ports * 3) * 0x9e3779b1U >> (32 - RECENTS_BITS);
}

/* All that is small of what a packet is known by. */
static __always_inline __u32 small_facts(__u8 protocol, __u8 dscp, __u32 side, int ipv6)
{
	return protocol | dscp << 8 | side << 16 | (__u32)ipv6 << 24;
}

/* What `flows` has the packet's verdict under. */
static __always_inline void make_key(struct routing *r, __u32 asked)
{
	r->key = r->facts;
	if (!(asked & 1 << FACT_DSCP))
		r->key.dscp = 0;
	if (!(asked & 1 << FACT_MAC))
		__builtin_memset(r->key.mac, 0, sizeof(r->key.mac));
	/* A connection is known by its ports; and what the stack itself answers for its program has no process. */
	if (r->key.protocol == IPPROTO_TCP || !(asked & 1 << FACT_PROCESS))
		r->key.process[0] = r->key.process[1] = 0;
	/* A TCP flow is known by itself, so that one that began outside can be told. */
	if (r->key.protocol == IPPROTO_TCP || (asked & 1 << FACT_DOMAIN))
		return;
	if (!(asked & 1 << FACT_SOURCE_PORT))
		r->key.source_port = 0;
	if (!(asked & 1 << FACT_DESTINATION_PORT))
		r->key.destination_port = 0;
}

static __always_inline int is_ipv4(const struct address *address)
{
	return !address->words[0] && !address->words[1] && address->words[2] == bpf_htonl(0xffff);
}

static __always_inline void write_addresses(struct recent *recent, const struct flow_key *facts)
{
	if (is_ipv4(&facts->destination)) {
		recent->addresses[0] = facts->source.words[3];
		recent->addresses[1] = facts->destination.words[3];
		return;
	}
	for (int word = 0; word < 4; word++) {
		recent->addresses[word] = facts->source.words[word];
		recent->addresses[4 + word] = facts->destination.words[word];
	}
}

/* A function of its own, because the way from `route` to the rules needs the stack. */
__noinline int keep_recent(struct __sk_buff *skb)
{
	const struct rules_header *header = header_of(the_rules());
	struct recents *recents = the_recents();
	struct routing *r = the_routing();
	const struct flow_key *facts;
	struct recent *recent;
	__u32 place, ports;

	if (!header || !r || !recents || !skb)
		return 0;
	facts = &r->facts;
	ports = facts->source_port | (__u32)facts->destination_port << 16;
	if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
		ports = facts->destination_port | (__u32)facts->source_port << 16;
	place = recent_place(facts->source.words[3], facts->destination.words[3], ports);
	recent = &recents->of[place];
	recent->uses = 0;
	if (r->flow.verdict.outbound != OUTBOUND_DIRECT || r->flow.verdict.mark)
		return 0;
	write_addresses(recent, facts);
	recent->ports = ports;
	recent->facts = small_facts(facts->protocol, facts->dscp, facts->side, !is_ipv4(&facts->destination));
	recent->generation = r->flow.generation;
	__builtin_memcpy(&recent->sender, facts->mac, sizeof(facts->mac));
	recent->must = r->flow.verdict.flags & VERDICT_MUST;
	/* As make_key has it: of a connection the first segment says whose it is. */
	recent->anybody = facts->protocol == IPPROTO_TCP || !(header->facts & 1 << FACT_PROCESS);
	recents->processes[place][0] = facts->process[0];
	recents->processes[place][1] = facts->process[1];
	recent->uses = RECENT_USES;
	return 0;
}

/* Beside a segment's flags: only what was decided before counts. */
#define ONLY_KNOWN 0x100

/*
 * Judges the facts in `routings`; the result is there too. 0: there are no rules, or the flow began outside, or is not
 * to be judged. For TCP, `flags` are the segment's.
 */
__noinline int route(struct __sk_buff *skb, __u32 flags)
{
	const struct rules_header *header = header_of(the_rules());
	struct routing *r = the_routing();
	struct flow *known;
	__u32 zero = 0, generation;
	void *table = bpf_map_lookup_elem(&flows, &zero);
	int opens = 0, answers = 0;

	if (!header || !r || !table || !skb)
		return 0;
	generation = header->generation;
	make_key(r, header->facts);
	if (r->key.protocol == IPPROTO_TCP) {
		opens = (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
		answers = (flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
	}
	known = opens || answers ? 0 : bpf_map_lookup_elem(table, &r->key);
	if (known) {
		r->flow = *known;
		if (r->flow.generation == generation) {
			keep_recent(skb);
			return 1;
		}
		if (r->flow.generation == FLOW_INBOUND)
			return 0;
	}
	if (answers) {
		r->flow.generation = FLOW_INBOUND;
		bpf_map_update_elem(table, &r->key, &r->flow, BPF_ANY);
		return 0;
	}
	if (flags & ONLY_KNOWN)
		return 0;
	look_up_addresses(skb);
	look_up_others(skb);
	if (!first_rule(skb))
		return 0;
	r->flow.generation = generation;
	count(ROUTE_DECIDED);
	bpf_map_update_elem(table, &r->key, &r->flow, BPF_ANY);
	keep_recent(skb);
	return 1;
}

#endif
