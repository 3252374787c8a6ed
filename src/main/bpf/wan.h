/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* What programs of this machine ask is taken where it leaves, and answered as if the answer had come in there. */
#ifndef GANDER_WAN_H
#define GANDER_WAN_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "answer.h"
#include "identity.h"
#include "leak.h"
#include "maps.h"
#include "parse.h"
#include "process.h"
#include "redirect.h"
#include "shared.h"
#include "traffic.h"

/* A socket of this machine sent it; what is forwarded has come in by an interface. */
static __always_inline int is_of_this_machine(struct __sk_buff *skb)
{
	return skb->sk && !skb->ingress_ifindex;
}

static __always_inline int local_key_of(struct __sk_buff *skb, const struct query *query, struct identity_key *key)
{
	const struct process *process = process_of(skb);

	key->side = SIDE_LOCAL;
	if (process) {
		key->pid = process->pid;
		key->uid = process->uid;
		key->cgroup = process->cgroup;
		__builtin_memcpy(key->process, process->name, sizeof(key->process));
	}
	return key_of(skb, query, key);
}

/* With the sender's identity to the listener; there is no way back to "left alone". */
__noinline int send_across(struct __sk_buff *skb, const struct query *query, __u32 listener)
{
	struct identity_key key = {};
	__u32 word;

	if (!query || local_key_of(skb, query, &key))
		return drop(DROPPED_HANDOVER);
	word = word_of(query, listener, &key);
	if (!word)
		return drop(DROPPED_IDENTITIES_FULL);
	if (readdress(skb, query, listener, word))
		return drop(DROPPED_HANDOVER);
	count(listener == TCP_LISTENER ? TCP_SEGMENTS : QUERIES);
	count(LOCAL_TAKEN);
	/* bpf_redirect_peer is for what comes in. */
	return bpf_redirect(settings.dae0_ifindex, 0);
}

/* A frame for many: neighbours are told or asked something. */
static __always_inline int is_for_many(struct __sk_buff *skb, const struct query *query, __u32 offset)
{
	__u8 first = 0;

	return offset ? LOAD(skb, DESTINATION_MAC, &first) && first & 1 : is_odd_address(&query->asked, query->ipv6);
}

/* A segment to port 53. */
static __always_inline int take_segment(struct __sk_buff *skb, struct query *query)
{
	int ours = is_ours(skb, query), verdict = GOES_UP;

	if (query->opens || !ours)
		verdict = judge_by_rules(skb, query, SIDE_LOCAL);
	if (verdict != GOES_UP)
		return verdict;
	if (!ours)
		return leave_alone(PASSED_TCP);
	return send_across(skb, query, TCP_LISTENER);
}

static __always_inline int take_query(struct __sk_buff *skb, struct query *query, __u32 listener)
{
	int verdict = judge_by_rules(skb, query, SIDE_LOCAL);

	if (verdict != GOES_UP)
		return verdict;
	verdict = answer(skb, query, BPF_F_INGRESS);
	return verdict == GOES_UP ? send_across(skb, query, listener) : verdict;
}

/* LEAVE_ALONE where it is not to be taken, or PASSES_BY_RULE. `query` is zeroed, and tells afterwards what could be read.
 * `offset`: bytes of the link's header. */
static __always_inline int take_local(struct __sk_buff *skb, struct query *query, __u32 offset)
{
	enum shape shape = parse(skb, query, offset);
	const struct process *process;
	__u32 listener;

	if (!is_of_this_machine(skb) || (shape == NOT_DNS && !is_judged(query)))
		return LEAVE_ALONE;
	process = process_of(skb);
	if (is_own(skb, process))
		return shape == NOT_DNS ? LEAVE_ALONE : leave_alone(PASSED_OWN);
	state_process(process);
	if (shape == NOT_DNS || shape == TOO_EXTENDED)
		return judge_other(skb, query, shape, SIDE_LOCAL, !is_for_many(skb, query, offset));
	if (shape == TOO_DEEP)
		return leave_alone(PASSED_VLAN_DEPTH);
	listener = listener_of(query);
	if (!anyone_listens(listener))
		return leave_alone(PASSED_NO_LISTENER);
	if (shape == FRAGMENTED)
		return judge_fragment(skb, query, SIDE_LOCAL);
	if (shape == MALFORMED)
		return drop(DROPPED_MALFORMED);
	return shape == TCP_SEGMENT ? take_segment(skb, query) : take_query(skb, query, listener);
}

#endif
