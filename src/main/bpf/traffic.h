/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* What becomes of a packet by the rules of `routing`: of a LAN client's, and of a program's of this machine. */
#ifndef GANDER_TRAFFIC_H
#define GANDER_TRAFFIC_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/in.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "conntrack.h"
#include "flows.h"
#include "parse.h"
#include "process.h"
#include "redirect.h"
#include "reject.h"
#include "routing.h"
#include "shared.h"

/* A packet that is left alone because a must_ rule says so, and so is no leak. */
#define PASSES_BY_RULE (-3)
/* And lan_ingress says so to wan_egress, which sees the same packet when it is forwarded. */
#define LET_BY 0x6764

/* Of a packet of this machine's, before it is judged; 0 if it is not known. */
static __always_inline void state_process(const struct process *process)
{
	const __u64 *name = process ? (const void *)process->name : 0;
	struct routing *r = the_routing();

	if (!r)
		return;
	r->facts.process[0] = name ? bpf_be64_to_cpu(name[0]) : 0;
	r->facts.process[1] = name ? bpf_be64_to_cpu(name[1]) : 0;
}

/*
 * States the other facts of a packet, and judges all. What is not of a process that is known (the stack's own answers,
 * sockets that are older than the programs) goes on as it is, unless it begins a connection.
 */
static __always_inline int judge(struct __sk_buff *skb, const struct query *query, struct flow_key *facts, __u32 side)
{
	__u32 flags = query->tcp_flags;

	facts->source = query->source;
	facts->destination = query->asked;
	facts->source_port = query->source_port;
	facts->destination_port = query->destination_port;
	facts->protocol = query->protocol;
	facts->dscp = query->dscp;
	facts->side = side;
	if (side == SIDE_LAN)
		facts->process[0] = facts->process[1] = 0;
	/* Links without headers have no such address. */
	if (!query->ip || !LOAD(skb, SOURCE_MAC, (struct mac *)facts->mac))
		__builtin_memset(facts->mac, 0, ETH_ALEN);
	if (side == SIDE_LOCAL && !facts->process[0] && query->protocol == IPPROTO_TCP && !(flags & TCP_SYN))
		flags |= ONLY_KNOWN;
	return route(skb, flags);
}

/*
 * Whether a rule that blocks may be one on the ports. RFC 7112 forbids to send a first fragment that ends before them,
 * and lets it be dropped.
 */
static __always_inline int may_be_blocked(void)
{
	/* Looked up anew: judge_packet has no room for one more pointer on the stack. */
	const struct rules_header *header = header_of(the_rules());

	return header && (header->flags & RULES_BLOCKING) &&
	       (header->facts & (1 << FACT_DESTINATION_PORT | 1 << FACT_SOURCE_PORT | 1 << FACT_KIND));
}

/* A packet that is not for port 53, or hides its ports. Those for this machine itself are its own business. */
__noinline int judge_anew(struct __sk_buff *skb, struct query *query, __u32 side)
{
	struct routing *r = the_routing();

	if (!query || !r || is_local(&query->asked) || !judge(skb, query, &r->facts, side))
		return LEAVE_ALONE;
	if ((r->flow.verdict.outbound != OUTBOUND_DIRECT || r->flow.verdict.mark) && answers_outside(skb, query))
		return LEAVE_ALONE;
	if (r->flow.verdict.outbound == OUTBOUND_BLOCK)
		return refuse(skb, query, side);
	if (query->fragment == HIDES_PORTS && may_be_blocked())
		return drop(ROUTE_DROPPED);
	if (r->flow.verdict.outbound != OUTBOUND_DIRECT) {
		count(ROUTED_TO_GROUP);
	} else if (r->flow.verdict.mark) {
		skb->mark = r->flow.verdict.mark;
		count(ROUTE_MARKED);
	}
	return r->flow.verdict.flags & VERDICT_MUST ? PASSES_BY_RULE : LEAVE_ALONE;
}

/* What is for port 53: GOES_UP unless a rule has it blocked, or must_ lets it by. */
__noinline int judge_query(struct __sk_buff *skb, struct query *query, __u32 side)
{
	const struct rules_header *header = header_of(the_rules());
	struct routing *r = the_routing();

	if (!query || !r || !header || !(header->flags & RULES_QUERIES) || !judge(skb, query, &r->facts, side))
		return GOES_UP;
	if (r->flow.verdict.outbound == OUTBOUND_BLOCK)
		return refuse(skb, query, side);
	if (!(r->flow.verdict.flags & VERDICT_MUST))
		return GOES_UP;
	if (r->flow.verdict.outbound == OUTBOUND_DIRECT && r->flow.verdict.mark)
		skb->mark = r->flow.verdict.mark;
	count(PASSED_MUST);
	return PASSES_BY_RULE;
}

/* Whether rules have anything to say of a packet that is not for port 53. */
static __always_inline int is_judged(const struct query *query)
{
	return (query->protocol || query->fragment == HIDES_PORTS) && the_rules();
}

/* One that is to be passed on is judged, if rules have anything to say of it and judge_at_sight has not. */
static __always_inline int judge_other(struct __sk_buff *skb, struct query *query, enum shape shape, __u32 side,
				       int is_passed_on)
{
	int verdict = is_passed_on && is_judged(query) ? judge_anew(skb, query, side) : LEAVE_ALONE;

	if (shape == TOO_EXTENDED && verdict == LEAVE_ALONE)
		count(PASSED_EXTENSIONS);
	return verdict;
}

static __always_inline int judge_by_rules(struct __sk_buff *skb, struct query *query, __u32 side)
{
	return the_rules() ? judge_query(skb, query, side) : GOES_UP;
}

/* The first fragment of a query, which is never answered. */
static __always_inline int judge_fragment(struct __sk_buff *skb, struct query *query, __u32 side)
{
	int verdict = judge_by_rules(skb, query, side);

	return verdict == GOES_UP ? leave_alone(PASSED_FRAGMENT) : verdict;
}

#endif
