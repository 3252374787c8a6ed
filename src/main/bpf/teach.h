/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * What an answer that is given here teaches while rules of `routing` ask about names: whoever asked knows its addresses
 * by the name that he asked for. User space does the same for the answers that it gives.
 */
#ifndef GANDER_TEACH_H
#define GANDER_TEACH_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "maps.h"
#include "parse.h"
#include "question.h"
#include "routing.h"
#include "rules.h"
#include "shared.h"

#define NS_PER_SECOND 1000000000ULL
#define TYPE_A 1
#define TYPE_AAAA 28

/* All else is in the scratch. */
struct teaching {
	void *table;
};

/* Two bytes of the records, in their order. */
static __always_inline __u16 record_field(const struct answer_large *copy, __u32 at)
{
	return bpf_ntohs(*(const __be16 *)(copy->room + (at & (ANSWER_BYTES_LARGE - 1))));
}

/* Record i of the answer section, if it is an address. Records are found by their TTLs. */
static long teach_record(__u32 i, struct teaching *teaching)
{
	void *table = teaching->table;
	struct scratch *scratch = the_scratch();
	const struct answer_large *copy;
	const struct known_domain *before;
	struct lesson *lesson;
	const __u32 *data;
	__u32 *address, ttl;
	__u16 type, length;

	if (!scratch)
		return 1;
	lesson = &scratch->lesson;
	copy = &scratch->copy;
	ttl = *(const __u16 *)(copy->room + ((copy->head.ttls_at + 2 * i) & (ANSWER_BYTES_LARGE - 1)));
	type = record_field(copy, ttl - 4);
	length = record_field(copy, ttl + 4);
	data = (const void *)copy->room + ((ttl + 6) & (ANSWER_BYTES_LARGE - 1));
	address = lesson->key.destination.words;
	if (type == TYPE_A && length == 4) {
		address[0] = address[1] = 0;
		address[2] = bpf_htonl(0xffff);
		address[3] = data[0];
	} else if (type == TYPE_AAAA && length == sizeof(lesson->key.destination)) {
		for (int word = 0; word < 4; word++)
			address[word] = data[word];
	} else {
		return 0;
	}
	before = bpf_map_lookup_elem(table, &lesson->key);
	if (before && before->domain == lesson->known.domain &&
	    (__s64)(lesson->known.end - before->end - KNOWN_RENEW_NS) <= 0)
		return 0;
	if (bpf_map_update_elem(table, &lesson->key, &lesson->known, BPF_ANY))
		lesson->failed = 1;
	count(KERNEL_TAUGHT);
	return 0;
}

/* Whether the number of the name is kept for this answer; it may be given to another name after that. A dead daemon
 * gives none away. */
static __always_inline int is_kept(const struct answer *a, const struct control *control, __u64 now)
{
	return now / NS_PER_SECOND < a->lesson_end ||
	       (control->keep_for && (__s64)(now - control->heartbeat - ALIVE_NS) >= 0);
}

/* When what is taught now ends. */
static __always_inline __u64 end_of_lesson(const struct answer *a, const struct control *control, __u64 now)
{
	if (a->kind & KIND_CONSTANT)
		return now + KNOWN_LINGER_NS;
	if (now < a->end)
		return a->end + KNOWN_LINGER_NS;
	return now + control->stale_ttl * NS_PER_SECOND + KNOWN_LINGER_NS;
}

/* Who asked, as known_key has it, this machine where the reply goes into the stack; not 0 if that cannot be told. */
static __always_inline int name_client(struct __sk_buff *skb, const struct query *query, __u64 redirect_flags,
				       struct lesson *lesson)
{
	*(__u64 *)lesson->mac = 0;
	if (!redirect_flags && !query->ip) {
		lesson->key.client = query->source;
		return 0;
	}
	if (!redirect_flags && (!LOAD(skb, SOURCE_MAC, (struct mac *)lesson->mac) || !mac_number(lesson->mac)))
		return -1;
	lesson->key.client = known_by_mac(mac_number(lesson->mac));
	return 0;
}

/* The answer in the scratch is about to be given: 0 if that may be. */
__noinline int teach(struct __sk_buff *skb, const struct query *query, __u64 redirect_flags)
{
	const struct rules_header *header = header_of(the_rules());
	const struct control *control = the_control();
	struct scratch *scratch = the_scratch();
	struct teaching teaching;
	struct lesson *lesson;
	const struct answer *a;
	__u32 zero = 0;

	if (!header || !control || !scratch || !skb || !query)
		return 0;
	teaching.table = bpf_map_lookup_elem(&known_domains, &zero);
	if (!teaching.table)
		return 0;
	a = &scratch->copy.head;
	lesson = &scratch->lesson;
	if (a->numbering != header->numbering || !is_kept(a, control, coarse_now(scratch)))
		return -1;
	if (name_client(skb, query, redirect_flags, lesson))
		return -1;
	lesson->known.domain = a->domain;
	lesson->known.end = end_of_lesson(a, control, coarse_now(scratch));
	lesson->failed = 0;
	bpf_loop(a->answers < a->ttl_count ? a->answers : a->ttl_count, teach_record, &teaching, 0);
	return lesson->failed;
}

#endif
