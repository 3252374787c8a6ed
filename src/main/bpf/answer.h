/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Answers a query where it arrives: question -> rules that block -> the answer kept -> reply. Whatever is in
 * any way odd goes up, so that there is one place that knows what to say to it.
 */
#ifndef GANDER_ANSWER_H
#define GANDER_ANSWER_H

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "blocked.h"
#include "maps.h"
#include "parse.h"
#include "process.h"
#include "question.h"
#include "reply.h"
#include "shared.h"
#include "store.h"

#define GOES_UP (-2)
#define NS_PER_SECOND 1000000000ULL
#define TYPE_A 1
#define TYPE_AAAA 28

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct control);
} controls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} samples SEC(".maps");

static __always_inline struct control *the_control(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&controls, &zero);
}

/* Whether to answer although nobody listens: the daemon is dead, and it was not long ago that it lived. */
static __always_inline int answers_alone(const struct control *control)
{
	return control->generation && control->keep_for &&
	       (__s64)(bpf_ktime_get_coarse_ns() - control->heartbeat - control->keep_for) < 0;
}

/* Addresses that the stack refuses as a packet's source or destination, and that no reply can reach. */
static __always_inline int is_odd_address(const struct address *address, int ipv6)
{
	__u32 first = bpf_ntohl(address->words[3]) >> 24;

	if (!ipv6)
		return first == 0 || first == 127 || first >= 224;
	return (bpf_ntohl(address->words[0]) >> 24) == 0xff ||
	       (!address->words[0] && !address->words[1] &&
		(address->words[2] == bpf_htonl(0xffff) || (!address->words[2] && bpf_ntohl(address->words[3]) <= 1)));
}

static __always_inline int is_odd_frame(struct __sk_buff *skb, const struct query *query)
{
	return !query->plain || skb->gso_size || !query->source_port ||
	       is_odd_address(&query->source, query->ipv6) || is_odd_address(&query->asked, query->ipv6);
}

static __always_inline void add_part(__u64 *client, __u32 *limit, const struct part *part, int shift)
{
	if (!part)
		return;
	*client |= (__u64)part->part << shift;
	if (part->limit < *limit)
		*limit = part->limit;
}

/* The class of whoever asks; blocking rules from *limit on are not for him. */
static __always_inline __u64 class_of(struct __sk_buff *skb, const struct query *query,
				      const struct control *control, __u32 *limit)
{
	__u64 client = 0;

	if (control->flags & CONTROL_BY_ADDRESS) {
		struct prefix prefix = { .length = 128, .address = query->source };

		add_part(&client, limit, bpf_map_lookup_elem(&classes_by_address, &prefix), 0);
	}
	if (control->flags & CONTROL_BY_MAC) {
		__u64 mac = 0;

		bpf_skb_load_bytes(skb, ETH_ALEN, &mac, ETH_ALEN);
		add_part(&client, limit, bpf_map_lookup_elem(&classes_by_mac, &mac), 16);
	}
	if (control->flags & CONTROL_BY_INTERFACE) {
		__u32 ifindex = skb->ifindex;

		add_part(&client, limit, bpf_map_lookup_elem(&classes_by_interface, &ifindex), 32);
	}
	if (control->flags & CONTROL_BY_PROCESS) {
		const struct process *process = process_of(skb);

		if (process)
			add_part(&client, limit, bpf_map_lookup_elem(&classes_by_process, process->name), 48);
	}
	return client;
}

static __always_inline __u32 limit_of_type(const struct control *control, __u16 type)
{
	__u32 limit = NO_LIMIT;

	for (__u32 i = 0; i < TYPE_LIMITS_MAX; i++) {
		if (i >= control->type_limits_count)
			break;
		if (control->type_limits[i].type == type)
			limit = control->type_limits[i].limit;
	}
	return limit;
}

static __always_inline enum counter take_reject(struct scratch *scratch)
{
	__u16 type = scratch->q.type;
	__u32 which = type == TYPE_A ? 0 : type == TYPE_AAAA ? 1 : 2, zero = 0;
	struct answer_small *reject, *copy = bpf_map_lookup_elem(&copy_small, &zero);

	if (scratch->q.how & HOW_DNSSEC_OK)
		which += REJECTS_DNSSEC_OK;
	reject = bpf_map_lookup_elem(&rejects, &which);
	if (!reject || !copy)
		return KERNEL_ABSENT;
	return copy_small_entry(reject, copy, scratch) ? COUNTERS : KERNEL_TORN;
}

/* Of the answer that was taken out. */
static __always_inline struct usage *usage_of(const struct scratch *scratch)
{
	__u32 line = scratch->line;
	struct index_line *found = bpf_map_lookup_elem(&answers_index, &line);

	return found ? &found->usages[scratch->way & (WAYS - 1)] : 0;
}

/* Whether this query is the one that goes up for an answer soon to end: one in REFRESH_EVERY_SECONDS. */
static __always_inline int is_to_refresh(const struct scratch *scratch, __u64 now)
{
	__u32 seconds = now / NS_PER_SECOND, before;
	struct usage *usage = usage_of(scratch);

	if (!usage)
		return 0;
	before = *(volatile __u32 *)&usage->refreshed;
	if (before && seconds - before < REFRESH_EVERY_SECONDS)
		return 0;
	return __sync_val_compare_and_swap(&usage->refreshed, before, seconds) == before;
}

static __always_inline void count_hit(const struct scratch *scratch)
{
	struct usage *usage = usage_of(scratch);

	if (usage)
		__sync_fetch_and_add(&usage->hits, 1);
}

/* Sets age and staleness; the counter of this answer if it may be given, else the one that says why not. */
static __always_inline enum counter judge_age(struct reply *r, const struct answer *a, const struct control *control,
					      int listening, enum counter good)
{
	__u64 now = bpf_ktime_get_coarse_ns();

	if (a->kind & KIND_CONSTANT)
		return good;
	if ((__s64)(now - a->stored) > 0)
		r->age = (now - a->stored) / NS_PER_SECOND;
	if (now < a->end) {
		if (listening && (a->end - now) * 10 < a->end - a->stored && is_to_refresh(r->scratch, now))
			return KERNEL_REFRESH;
		return good;
	}
	if (now >= a->stale_end)
		return KERNEL_ENDED;
	r->stale = 1;
	r->stale_ttl = control->stale_ttl;
	return listening && is_to_refresh(r->scratch, now) ? KERNEL_REFRESH : KERNEL_STALE;
}

static __always_inline void tell(struct __sk_buff *skb, const struct query *query, const struct question *q,
				 const struct control *control, enum counter outcome)
{
	const struct process *process;
	struct sample *sample;
	__u32 length = (q->name_length - 1 & 0xfe) + 1;

	if (!control->sample || bpf_get_prandom_u32() % control->sample)
		return;
	sample = bpf_ringbuf_reserve(&samples, sizeof(*sample), 0);
	if (!sample)
		return;
	process = process_of(skb);
	sample->time = bpf_ktime_get_ns();
	sample->client = query->source;
	sample->asked = query->asked;
	sample->ifindex = skb->ifindex;
	sample->type = q->type;
	sample->outcome = outcome;
	sample->port = query->source_port;
	sample->name_length = length;
	sample->zero = 0;
	sample->pid = process ? process->pid : 0;
	if (process)
		__builtin_memcpy(sample->process, process->name, sizeof(sample->process));
	else
		__builtin_memset(sample->process, 0, sizeof(sample->process));
	if (bpf_skb_load_bytes(skb, query->udp + sizeof(struct udphdr) + DNS_HEADER, sample->name, length))
		sample->name_length = 0;
	bpf_ringbuf_submit(sample, 0);
}

/* Whether the answer taken out may be given to this query now: its counter, else that of the reason. */
static __always_inline enum counter may_give(struct __sk_buff *skb, struct reply *r, const struct answer *a,
					     const struct control *control, int listening)
{
	enum counter good = r->q->blocked		? KERNEL_BLOCKED :
			    a->kind & KIND_NEGATIVE	? KERNEL_NEGATIVE :
							  KERNEL_FRESH;
	enum counter fit;

	good = judge_age(r, a, control, listening, good);
	if (good == KERNEL_REFRESH || good == KERNEL_ENDED)
		return good;
	fit = fits(skb, r, a);
	return fit == COUNTERS ? good : fit;
}

static __always_inline int gives(enum counter verdict)
{
	return verdict >= KERNEL_FRESH && verdict <= KERNEL_BLOCKED;
}

/*
 * Makes the reply of the copy. Global functions, because the verifier walks those once by themselves rather
 * than once for every way that leads to them. redirect_flags as for answer().
 */
#define GIVE(size)                                                                                 	__noinline int give_##size(struct __sk_buff *skb, const struct query *query, int listening, 				   __u64 redirect_flags)                                           	{                                                                                          		const struct control *control = the_control();                                     		struct scratch *scratch = the_scratch();                                           		__u32 zero = 0, ifindex = skb->ifindex;                                            		struct answer_##size *copy = bpf_map_lookup_elem(&copy_##size, &zero);             		struct reply r = { .query = query, .scratch = scratch };                           		enum counter verdict;                                                              		if (!query || !control || !scratch || !copy)                                       			return GOES_UP;                                                            		r.q = &scratch->q;                                                                 		verdict = may_give(skb, &r, &copy->head, control, listening);                      		count(verdict);                                                                    		if (!gives(verdict))                                                               			return GOES_UP;                                                            		if (verdict != KERNEL_BLOCKED)                                                     			count_hit(scratch);                                                    		tell(skb, query, &scratch->q, control, verdict);                                   		if (write_reply_##size(skb, &r, copy)) {                                           			count(DROPPED_ANSWER);                                                     			return TC_ACT_SHOT;                                                        		}                                                                                  		return bpf_redirect(ifindex, redirect_flags);                                      	}

GIVE(small)
GIVE(large)

/* Reads the question and takes out the answer to it, if there is one. */
__noinline int take_answer(struct __sk_buff *skb, const struct query *query)
{
	const struct control *control = the_control();
	struct scratch *scratch = the_scratch();
	struct wanted wanted = {};
	enum taken taken = NOTHING;
	enum counter verdict;
	__u32 generation, limit, rule, place = 0;

	if (!query || !control || !scratch)
		return NOTHING;
	generation = *(volatile __u32 *)&control->generation;
	if (!generation)
		return NOTHING;
	scratch->q.seed = control->seeds[0];
	scratch->q.k1 = control->seeds[1];
	scratch->q.k2 = control->seeds[2];
	verdict = is_odd_frame(skb, query) ? KERNEL_ODD_FRAME : read_question(skb, query, scratch);
	if (verdict != COUNTERS)
		goto goes_up;
	limit = limit_of_type(control, scratch->q.type);
	wanted.client = class_of(skb, query, control, &limit);
	wanted.q = &scratch->q;
	rule = judge_name(scratch, control);
	scratch->q.blocked = rule != BLOCKED_RULE && (rule & 1) && rule >> 1 < limit;
	if (!scratch->q.blocked)
		place = find(&wanted, scratch, control);
	/* Here, because it needs nothing of what the processor is waiting for: the index's line. */
	if (!sums_hold(skb, query, scratch)) {
		verdict = KERNEL_ODD_CHECKSUM;
		goto goes_up;
	}
	if (scratch->q.blocked) {
		taken = IN_SMALL;
		verdict = take_reject(scratch);
	} else {
		verdict = take_out(&wanted, scratch, place, generation, &taken);
		if (verdict == KERNEL_ABSENT && (control->flags & CONTROL_ASIS)) {
			wanted.asked = query->asked;
			place = find(&wanted, scratch, control);
			verdict = take_out(&wanted, scratch, place, generation, &taken);
		}
	}
	if (verdict == COUNTERS)
		return taken;
goes_up:
	count(verdict);
	return NOTHING;
}

/*
 * What the hook must return if the query is answered, else GOES_UP and the packet is as it was.
 * redirect_flags: 0 where the asker is beyond the interface, BPF_F_INGRESS where he is this machine.
 */
static __always_inline int answer(struct __sk_buff *skb, const struct query *query, int listening,
				  __u64 redirect_flags)
{
	int taken = take_answer(skb, query);

	return taken == IN_SMALL ? give_small(skb, query, listening, redirect_flags) :
	       taken == IN_LARGE ? give_large(skb, query, listening, redirect_flags) : GOES_UP;
}

#endif
