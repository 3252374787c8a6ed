/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* What becomes of a LAN client's packet by the rules of `routing`. */
#ifndef GANDER_TRAFFIC_H
#define GANDER_TRAFFIC_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "parse.h"
#include "redirect.h"
#include "reject.h"
#include "routing.h"
#include "shared.h"

/* A query that is left alone because a must_ rule says so, and so is no leak. */
#define PASSES_BY_RULE (-3)

/* The facts of a packet that came from the LAN. */
static __always_inline void state_facts(struct __sk_buff *skb, const struct query *query, struct routing *r)
{
	struct facts *facts = &r->facts;

	facts->key.source = query->source;
	facts->key.destination = query->asked;
	facts->key.source_port = query->source_port;
	facts->key.destination_port = query->destination_port;
	facts->key.protocol = query->protocol;
	facts->key.dscp = query->dscp;
	facts->key.process = 0;
	facts->process[0] = facts->process[1] = 0;
	if (!load(skb, ETH_ALEN, facts->key.mac, ETH_ALEN))
		__builtin_memset(facts->key.mac, 0, ETH_ALEN);
}

/* A packet that is not for port 53. Those for this machine itself are its own business. */
__noinline int judge_packet(struct __sk_buff *skb, const struct query *query)
{
	struct routing *r = the_routing();

	if (!query || !r || is_local(&query->asked))
		return LEAVE_ALONE;
	state_facts(skb, query, r);
	if (!route(skb, query->tcp_flags))
		return LEAVE_ALONE;
	if (r->flow.verdict.outbound == OUTBOUND_BLOCK)
		return refuse(skb, query);
	if (r->flow.verdict.outbound != OUTBOUND_DIRECT) {
		count(ROUTED_TO_GROUP);
	} else if (r->flow.verdict.mark) {
		skb->mark = r->flow.verdict.mark;
		count(ROUTE_MARKED);
	}
	return LEAVE_ALONE;
}

/* A query, or the beginning of a connection for some: GOES_UP unless a rule has it blocked, or must_ lets it by. */
__noinline int judge_query(struct __sk_buff *skb, const struct query *query)
{
	const struct rules_header *header = header_of(the_rules());
	struct routing *r = the_routing();

	if (!query || !r || !header || !(header->flags & RULES_QUERIES))
		return GOES_UP;
	state_facts(skb, query, r);
	if (!route(skb, query->tcp_flags))
		return GOES_UP;
	if (r->flow.verdict.outbound == OUTBOUND_BLOCK)
		return refuse(skb, query);
	if (!(r->flow.verdict.flags & VERDICT_MUST))
		return GOES_UP;
	if (r->flow.verdict.outbound == OUTBOUND_DIRECT && r->flow.verdict.mark)
		skb->mark = r->flow.verdict.mark;
	count(PASSED_MUST);
	return PASSES_BY_RULE;
}

#endif
