/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Answers a query where it arrives: question -> the answer kept -> reply; or, where there is none, rules that block.
 * Whatever is in any way odd goes up, so that there is one place that knows what to say to it.
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
#include "redirect.h"
#include "reply.h"
#include "shared.h"
#include "store.h"
#include "teach.h"

#define GOES_UP (-2)
/* What was found is no answer to this question; or it is a large one; or it teaches something, and is then given. */
#define NOT_HERE (-4)
#define IS_LARGE (-5)
#define IS_LESSON (-6)

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} samples SEC(".maps");

/* Whether the daemon has just said that it lives, and listens for this family: cheaper than to look for its socket. */
static __always_inline int is_alive(const struct control *control, int ipv6)
{
	struct scratch *scratch = the_scratch();
	__u64 holds = ALIVE_NS;

	/* What was promised for after its death is not for longer. */
	if (control->keep_for && control->keep_for < holds)
		holds = control->keep_for;
	return scratch && control->flags & (ipv6 ? CONTROL_IPV6 : CONTROL_IPV4) &&
	       (__s64)(coarse_now(scratch) - control->heartbeat - holds) < 0;
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

/* Who asks: `bits` are his class; blocking rules from `limit` on are not for him. */
struct asker {
	__u64 bits;
	__u32 limit, zero;
};

static __always_inline void add_part(struct asker *asker, const struct part *part)
{
	if (!part)
		return;
	asker->bits |= part->bits;
	if (part->limit < asker->limit)
		asker->limit = part->limit;
}

static __always_inline void add_number(struct asker *asker, __u32 fact, __u32 value)
{
	struct class_number number = { fact, value };

	add_part(asker, bpf_map_lookup_elem(&classes_by_number, &number));
}

/* 0 if the control group is one that the daemon has not told of. */
static __always_inline int add_process(struct asker *asker, const struct process *process, __u32 flags)
{
	const struct part *part;

	if (flags & CONTROL_BY_PROCESS)
		add_part(asker, bpf_map_lookup_elem(&classes_by_process, process->name));
	if (flags & CONTROL_BY_USER)
		add_number(asker, CLASS_USER, process->uid);
	if (!(flags & CONTROL_BY_CGROUP))
		return 1;
	part = bpf_map_lookup_elem(&classes_by_cgroup, &process->cgroup);
	add_part(asker, part);
	return part != 0;
}

/* The class of whoever asks, in the scratch; 0 if it cannot be told here. A global function, because the stack is short. */
__noinline int classify(struct __sk_buff *skb, const struct query *query)
{
	const struct control *control = the_control();
	struct scratch *scratch = the_scratch();
	struct asker asker = { .limit = NO_LIMIT };
	const struct process *process;
	int known = 1;

	if (!query || !control || !scratch)
		return 0;
	if (control->flags & CONTROL_BY_ADDRESS) {
		struct prefix prefix = { .length = 128, .address = query->source };

		add_part(&asker, bpf_map_lookup_elem(&classes_by_address, &prefix));
	}
	if (control->flags & CONTROL_BY_MAC) {
		__u64 mac = 0;

		if (query->ip)
			bpf_skb_load_bytes(skb, ETH_ALEN, &mac, ETH_ALEN);
		add_part(&asker, bpf_map_lookup_elem(&classes_by_mac, &mac));
	}
	if (control->flags & CONTROL_BY_INTERFACE)
		add_number(&asker, CLASS_INTERFACE, skb->ifindex);
	if (control->flags & CONTROL_BY_DSCP)
		add_number(&asker, CLASS_DSCP, query->dscp);
	if (control->flags & CONTROL_BY_VLAN)
		add_number(&asker, CLASS_VLAN, vlan_of(query));
	process = control->flags & CONTROL_OF_PROCESS ? process_of(skb) : 0;
	if (process)
		known = add_process(&asker, process, control->flags);
	scratch->class = asker.bits;
	scratch->limit = asker.limit;
	return known;
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

/* Whether this query is the one that goes up for an answer soon to end, if there is somebody to go to: one in
 * REFRESH_EVERY_SECONDS. */
static __always_inline int is_to_refresh(const struct query *query, const struct found *found, __u64 now)
{
	__u32 way = way_of(found);
	__u32 seconds = now / NS_PER_SECOND & HITS_MASK, before, *usage;

	if (way >= WAYS)
		return 0;
	usage = &found->line->usages[way];
	before = *(volatile __u32 *)usage;
	if ((before >> REFRESHED_SHIFT && ((seconds - (before >> REFRESHED_SHIFT)) & HITS_MASK) < REFRESH_EVERY_SECONDS) ||
	    !anyone_listens(listener_of(query)))
		return 0;
	return __sync_val_compare_and_swap(usage, before, seconds << REFRESHED_SHIFT | (before & HITS_MASK)) == before;
}

/* Sets age and staleness; the counter of this answer if it may be given, else the one that says why not. */
static __always_inline enum counter judge_age(struct reply *r, const struct answer *a, const struct control *control,
					      const struct found *found, enum counter good)
{
	__u64 now;

	if (a->kind & KIND_CONSTANT)
		return good;
	now = coarse_now(r->scratch);
	if ((__s64)(now - a->stored) > 0)
		r->age = (now - a->stored) / NS_PER_SECOND;
	if (now < a->end) {
		if (RARELY((a->end - now) * 10 < a->end - a->stored) && is_to_refresh(r->query, found, now))
			return KERNEL_REFRESH;
		return good;
	}
	if (now >= a->stale_end)
		return KERNEL_ENDED;
	r->stale = 1;
	r->stale_ttl = control->stale_ttl;
	return is_to_refresh(r->query, found, now) ? KERNEL_REFRESH : KERNEL_STALE;
}

static __always_inline void tell(struct __sk_buff *skb, const struct query *query, const struct question *q,
				 const struct control *control, enum counter outcome)
{
	const struct process *process;
	struct sample *sample;
	__u32 length = (q->name_length - 1 & 0xfe) + 1;

	if (!RARELY(control->sample) || bpf_get_prandom_u32() % control->sample)
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
	sample->dscp = query->dscp;
	sample->vlan = vlan_of(query);
	bpf_skb_load_bytes(skb, ETH_ALEN, sample->mac, sizeof(sample->mac));
	sample->pid = process ? process->pid : 0;
	sample->uid = process ? process->uid : 0;
	sample->zero = 0;
	sample->cgroup = process ? process->cgroup : 0;
	if (process)
		__builtin_memcpy(sample->process, process->name, sizeof(sample->process));
	else
		__builtin_memset(sample->process, 0, sizeof(sample->process));
	if (bpf_skb_load_bytes(skb, query->udp + sizeof(struct udphdr) + DNS_HEADER, sample->name, length))
		sample->name_length = 0;
	bpf_ringbuf_submit(sample, 0);
}

static __always_inline int goes_up(enum counter why)
{
	count(why);
	return GOES_UP;
}

/* Makes the reply of the copy, which may be given. What is told of the sender of a frame is a thing of the hook. */
#define SEND(size)                                                                                 \
	static __always_inline int send_##size(struct __sk_buff *skb, struct reply *r,             \
					       struct answer_##size *copy, const struct control *control, \
					       __u64 redirect_flags, enum counter verdict)         \
	{                                                                                          \
		__u32 ifindex = skb->ifindex;                                                      \
                                                                                                   \
		count(verdict);                                                                    \
		tell(skb, r->query, r->q, control, verdict);                                       \
		if (RARELY(write_reply_##size(skb, r, copy)))                                      \
			return drop_answer();                                                      \
		return bpf_redirect(ifindex, redirect_flags);                                      \
	}

static __always_inline int drop_answer(void)
{
	count(DROPPED_ANSWER);
	return TC_ACT_SHOT;
}

SEND(small)
SEND(large)

/* The copy may be given as soon as its lesson is told: that is done from where the stack is not so deep. */
static __always_inline int put_aside(const struct reply *r, enum counter verdict)
{
	struct lesson *lesson = &r->scratch->lesson;

	lesson->age = r->age;
	lesson->stale = r->stale;
	lesson->stale_ttl = r->stale_ttl;
	lesson->verdict = verdict;
	return IS_LESSON;
}

/*
 * Gives the answer that was found, if that is one to this question and may be given now. NOT_HERE if it is none to this
 * question. redirect_flags as for answer().
 */
#define GIVE(size)                                                                                 \
	static __always_inline int give_##size(struct __sk_buff *skb, const struct query *query,   \
					       struct scratch *scratch, const struct control *control, \
					       const struct wanted *wanted, const struct found *found, \
					       __u64 redirect_flags)                               \
	{                                                                                          \
		const struct answer_##size *entry = entry_##size(found);                           \
		struct answer_##size *copy = (void *)&scratch->copy;                               \
		struct reply r = { .query = query, .scratch = scratch, .q = &scratch->q };         \
		enum counter verdict, fit;                                                         \
                                                                                                   \
		if (!entry)                                                                        \
			return NOT_HERE;                                                           \
		copy_##size(entry, copy);                                                          \
		if (RARELY(!is_for_##size(copy, scratch, wanted)))                                \
			return NOT_HERE;                                                           \
		verdict = judge_age(&r, &copy->head, control, found,                               \
				    copy->head.kind & KIND_NEGATIVE ? KERNEL_NEGATIVE : KERNEL_FRESH); \
		if (RARELY(verdict == KERNEL_REFRESH || verdict == KERNEL_ENDED))                  \
			return goes_up(verdict);                                                   \
		fit = fits(skb, &r, &copy->head);                                                  \
		if (RARELY(fit != COUNTERS))                                                       \
			return goes_up(fit);                                                       \
		if (RARELY(!still_there(found)))                                                   \
			return goes_up(KERNEL_TORN);                                               \
		if (RARELY(copy->head.numbering))                                                  \
			return put_aside(&r, verdict);                                             \
		return send_##size(skb, &r, copy, control, redirect_flags, verdict);               \
	}

GIVE(small)
GIVE(large)

/* Global functions, because the verifier walks those once by themselves rather than once for every way that leads to
 * them; and what is rare is not in the way of what is not. */
__noinline int give_large_answer(struct __sk_buff *skb, const struct query *query, __u64 redirect_flags)
{
	const struct control *control = the_control();
	struct scratch *scratch = the_scratch();
	struct wanted wanted = {};
	struct found found;
	__u32 line;

	if (!query || !control || !scratch)
		return NOT_HERE;
	line = scratch->line;
	found.line = bpf_map_lookup_elem(&answers_small, &line);
	found.word = scratch->word;
	found.way = scratch->way;
	if (!found.line)
		return NOT_HERE;
	wanted = scratch->wanted;
	return give_large(skb, query, scratch, control, &wanted, &found, redirect_flags);
}

/* Gives what was put aside, of either size. */
__noinline int give_taught(struct __sk_buff *skb, const struct query *query, __u64 redirect_flags)
{
	const struct control *control = the_control();
	struct scratch *scratch = the_scratch();
	struct reply r = { .query = query, .scratch = scratch };

	if (!query || !control || !scratch)
		return GOES_UP;
	r.q = &scratch->q;
	r.age = scratch->lesson.age;
	r.stale = scratch->lesson.stale;
	r.stale_ttl = scratch->lesson.stale_ttl;
	return send_large(skb, &r, &scratch->copy, control, redirect_flags, scratch->lesson.verdict);
}

/* What a rule that blocks says. Its answers are only written while there is no generation. */
static __always_inline int reject_name(struct __sk_buff *skb, const struct query *query, struct scratch *scratch,
				       const struct control *control, __u32 generation, __u64 redirect_flags)
{
	__u16 type = scratch->q.type;
	__u32 which = type == TYPE_A ? 0 : type == TYPE_AAAA ? 1 : 2;
	struct answer_small *reject, *copy = (void *)&scratch->copy;
	struct reply r = { .query = query, .scratch = scratch, .q = &scratch->q };
	enum counter fit;
	__u64 before;

	if (scratch->q.how & HOW_DNSSEC_OK)
		which += REJECTS_DNSSEC_OK;
	reject = bpf_map_lookup_elem(&rejects, &which);
	if (!reject)
		return goes_up(KERNEL_ABSENT);
	copy_small(reject, copy);
	fit = fits(skb, &r, &copy->head);
	if (fit != COUNTERS)
		return goes_up(fit);
	before = __sync_fetch_and_add(&scratch->fence, 1); /* a barrier, as in still_there() */
	OPAQUE(before);
	if (*(const volatile __u32 *)&control->generation != generation)
		return goes_up(KERNEL_TORN);
	return send_small(skb, &r, copy, control, redirect_flags, KERNEL_BLOCKED);
}

/*
 * A query to which there is no answer here: whether it is odd, and in what; whether a rule rejects it. Its header is in
 * order.
 */
__noinline int answer_otherwise(struct __sk_buff *skb, const struct query *query, __u64 redirect_flags)
{
	const struct control *control = the_control();
	struct scratch *scratch = the_scratch();
	enum counter verdict;
	__u32 generation, limit, rule;

	if (!query || !control || !scratch)
		return GOES_UP;
	scratch->keys = keys_of(control);
	verdict = examine(scratch);
	if (verdict != COUNTERS)
		return goes_up(verdict);
	if (!sums_hold(skb, query, scratch))
		return goes_up(KERNEL_ODD_CHECKSUM);
	generation = scratch->wanted.generation;
	if (!(control->flags & CONTROL_BLOCKED))
		return goes_up(KERNEL_ABSENT);
	rule = judge_name(scratch, control);
	if (rule == BLOCKED_RULE || !(rule & 1))
		return goes_up(KERNEL_ABSENT);
	limit = limit_of_type(control, scratch->q.type);
	if (!classify(skb, query) || rule >> 1 >= limit || rule >> 1 >= scratch->limit)
		return goes_up(KERNEL_ABSENT);
	return reject_name(skb, query, scratch, control, generation, redirect_flags);
}

/* As answer(), but for what is not so often: NOT_HERE, IS_LARGE and IS_LESSON. */
__noinline int give_answer(struct __sk_buff *skb, const struct query *query, __u64 redirect_flags)
{
	const struct control *control = the_control();
	struct scratch *scratch = the_scratch();
	struct wanted wanted = {};
	struct found found = {};
	struct keys keys;
	enum counter verdict;
	__u64 name_hash;

	if (!query || !control || !scratch)
		return GOES_UP;
	wanted.generation = *(volatile __u32 *)&control->generation;
	if (RARELY(!wanted.generation))
		return GOES_UP;
	if (RARELY(is_odd_frame(skb, query)))
		return goes_up(KERNEL_ODD_FRAME);
	verdict = read_header(skb, query, scratch);
	if (RARELY(verdict != COUNTERS))
		return goes_up(verdict);
	scratch->wanted = wanted;
	if (RARELY(!read_question(scratch)))
		return NOT_HERE;
	if (RARELY(control->flags & CONTROL_CLASSES)) {
		if (!classify(skb, query))
			return goes_up(KERNEL_ABSENT);
		wanted.client = scratch->class;
	}
	keys = keys_of(control);
	name_hash = hash_name(&keys, scratch);
	find(&found, key_of_answer(&keys, scratch, name_hash, &wanted), control);
	if (RARELY(!found.word && control->flags & CONTROL_ASIS)) {
		const __u64 *asked = (const void *)&query->asked;

		wanted.asked[0] = asked[0];
		wanted.asked[1] = asked[1];
		find(&found, key_of_answer(&keys, scratch, name_hash, &wanted), control);
	}
	if (RARELY(!found.word))
		return NOT_HERE;
	/* Here, because it needs nothing of what the processor is waiting for: the index's line. */
	if (RARELY(!sums_hold(skb, query, scratch)))
		return goes_up(KERNEL_ODD_CHECKSUM);
	if (RARELY(found.word & PLACE_LARGE)) {
		scratch->word = found.word;
		scratch->way = found.way;
		scratch->line = found.number;
		scratch->wanted = wanted;
		return IS_LARGE;
	}
	return give_small(skb, query, scratch, control, &wanted, &found, redirect_flags);
}

/*
 * What the hook must return if the query is answered, else GOES_UP and the packet is as it was.
 * redirect_flags: 0 where the asker is beyond the interface, BPF_F_INGRESS where he is this machine.
 */
static __always_inline int answer(struct __sk_buff *skb, const struct query *query,
				  __u64 redirect_flags)
{
	int verdict = give_answer(skb, query, redirect_flags);

	if (RARELY(verdict == IS_LARGE))
		verdict = give_large_answer(skb, query, redirect_flags);
	if (RARELY(verdict == IS_LESSON))
		return teach(skb, query, redirect_flags) ? goes_up(KERNEL_UNTAUGHT) : give_taught(skb, query, redirect_flags);
	return RARELY(verdict == NOT_HERE) ? answer_otherwise(skb, query, redirect_flags) : verdict;
}

#endif
