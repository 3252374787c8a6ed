/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* What clients send is taken where it arrives, and answered there or handed over to the listener. */
#ifndef GANDER_LAN_H
#define GANDER_LAN_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <bpf/bpf_helpers.h>

#include "answer.h"
#include "identity.h"
#include "leak.h"
#include "maps.h"
#include "parse.h"
#include "redirect.h"
#include "shared.h"
#include "sight.h"
#include "traffic.h"

/* With the sender's identity to the listener. A function of its own, because the stack is short. */
__noinline int send_across(struct __sk_buff *skb, const struct query *query, __u32 listener)
{
	struct identity_key key = {};
	__u32 word;

	if (!query || key_of(skb, query, &key))
		return drop(DROPPED_HANDOVER);
	word = word_of(query, listener, &key);
	if (!word)
		return drop(DROPPED_IDENTITIES_FULL);
	return hand_over(skb, query, listener, word);
}

/* A segment to port 53. */
static __always_inline int take_segment(struct __sk_buff *skb, struct query *query)
{
	int ours, verdict = GOES_UP;

	/* Whoever has our namespace's number after our death has no such listener. */
	if (!anyone_listens(listener_of(query)))
		return leave_alone(PASSED_NO_LISTENER);
	if (segment_served_here(skb, query))
		return leave_alone(PASSED_LOCAL_SERVICE);
	ours = is_ours(skb, query);
	/* Those of a connection that a must_ rule let by, too. */
	if (query->opens || !ours)
		verdict = judge_by_rules(skb, query, SIDE_LAN);
	if (verdict != GOES_UP)
		return verdict;
	if (!ours)
		return leave_alone(PASSED_TCP);
	return send_across(skb, query, TCP_LISTENER);
}

/* For this machine to take or to forward. On a link without Ethernet headers everything is but what is for many. */
static __always_inline int is_for_us(struct __sk_buff *skb, const struct query *query, __u32 offset)
{
	return skb->pkt_type == PACKET_HOST && (offset || !is_odd_address(&query->asked, query->ipv6));
}

/* `query` is zeroed, and tells afterwards what could be read. `offset`: bytes of the link's header. */
static __always_inline int take_frame(struct __sk_buff *skb, struct query *query, __u32 offset)
{
	enum shape shape = parse(skb, query, offset);
	const struct control *control = the_control();
	__u32 listener;
	int alive, listening, verdict;

	if (shape == NOT_DNS || shape == TOO_EXTENDED)
		return judge_other(skb, query, shape, SIDE_LAN, is_for_us(skb, query, offset));
	if (shape == TOO_DEEP)
		return leave_alone(PASSED_VLAN_DEPTH);
	if (!is_for_us(skb, query, offset))
		return leave_alone(PASSED_NOT_FOR_US);
	if (shape == TCP_SEGMENT)
		return take_segment(skb, query);
	listener = listener_of(query);
	alive = control && is_alive(control, query->ipv6);
	listening = alive || anyone_listens(listener);
	if (!listening && (!control || shape != WHOLE_QUERY || !answers_alone(control)))
		return leave_alone(PASSED_NO_LISTENER);
	if (shape == FRAGMENTED)
		return judge_fragment(skb, query, SIDE_LAN);
	if (shape == MALFORMED)
		return drop(DROPPED_MALFORMED);
	if (served_here(skb, query))
		return leave_alone(PASSED_LOCAL_SERVICE);

	verdict = judge_by_rules(skb, query, SIDE_LAN);
	if (verdict != GOES_UP)
		return verdict;
	verdict = answer(skb, query, 0);
	if (verdict != GOES_UP)
		return verdict;
	if (!listening || (alive && !anyone_listens(listener)))
		return leave_alone(PASSED_NO_LISTENER);
	return send_across(skb, query, listener);
}

/* What the hook returns. `offset`: bytes of the link's header, ETH_HLEN or 0. */
static __always_inline int arrive(struct __sk_buff *skb, __u32 offset)
{
	struct query query;
	int verdict = judge_at_sight(skb, offset, SIDE_LAN);

	if (verdict == LEAVE_ALONE)
		LEAVE_AT_ONCE();
	if (verdict == GOES_UP) {
		__builtin_memset(&query, 0, sizeof(query));
		verdict = take_frame(skb, &query, offset);
	}
	if (verdict == PASSES_BY_RULE) {
		skb->tc_index = LET_BY;
		return LEAVE_ALONE;
	}
	return verdict == LEAVE_ALONE && skb->pkt_type == PACKET_HOST && may_leak(&query) ? judge_leak(skb, offset) :
											    verdict;
}

#endif
