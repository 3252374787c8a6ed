/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * The answers, and how one is taken out whole. An LRU map gives a replaced element to the next writer at
 * once, while another CPU may still read it: so an entry is copied first, and the copy is believed only if
 * its check word, a hash over all of it, holds, and if it says itself that it answers this question.
 */
#ifndef GANDER_STORE_H
#define GANDER_STORE_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "maps.h"
#include "question.h"
#include "shared.h"

/* The loader sets the sizes: `kernel_answers` small ones, an eighth of that large ones. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, ANSWERS_MAX);
	__type(key, __u64);
	__type(value, struct answer_small);
} answers_small SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, ANSWERS_MAX / 8);
	__type(key, __u64);
	__type(value, struct answer_large);
} answers_large SEC(".maps");

/* What rules that reject say. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, REJECTS);
	__type(key, __u32);
	__type(value, struct answer_small);
} rejects SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2 * ANSWERS_MAX);
	__type(key, __u32);
	__type(value, struct usage);
} usages SEC(".maps");

/* Where entries are copied to. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct answer_small);
} copy_small SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct answer_large);
} copy_large SEC(".maps");

/* What is looked for. */
struct wanted {
	const struct question *q;
	__u64 client;
	struct address asked;
};

/* Where the entry lies that was taken out. */
enum taken {
	NOTHING,
	IN_SMALL,
	IN_LARGE,
};

static __always_inline __u64 key_of_answer(const struct wanted *w)
{
	const __u64 *asked = (const void *)&w->asked;
	__u64 key = mix(w->q, w->q->name_hash, w->q->type | (__u32)w->q->how << 16);

	key = mix(w->q, key, w->client);
	key = mix(w->q, key, little(asked[0]));
	return mix(w->q, key, little(asked[1]));
}

struct checking {
	const void *from; /* an answer_small or _large */
	struct scratch *scratch;
	__u64 one, two;
	__u32 different;
};

/* 32 bytes: two chains, so that the processor need not wait for one multiplication before the next. */
static __always_inline void check_block(struct checking *c, const __u64 *words)
{
	const struct question *q = &c->scratch->q;

	c->one = mix(q, mix(q, c->one, words[0]), words[1]);
	c->two = mix(q, mix(q, c->two, words[2]), words[3]);
}

/* One callback for each size, because the verifier must know the bounds of the memory it is given. */
#define CHECKERS(size, mask)                                                                       \
	static long check_room_##size(__u32 i, struct checking *c)                                 \
	{                                                                                          \
		const struct answer_##size *from = c->from;                                        \
		check_block(c, (const __u64 *)(from->room + ((i * 32) & (mask) & ~31U)));          \
		return 0;                                                                          \
	}                                                                                          \
	static long compare_name_##size(__u32 i, struct checking *c)                               \
	{                                                                                          \
		const struct answer_##size *from = c->from;                                        \
		__u32 at = (i * 8) & 0xf8;                                                         \
		__u32 left = c->scratch->q.name_length - at;                                               \
		__u64 a = *(const __u64 *)(from->room + ((from->head.name_at + at) & (mask)));     \
		__u64 b = lower(*(const __u64 *)(c->scratch->message + DNS_HEADER + at));       \
		if (left < 8)                                                                      \
			b = first_bytes(b, left);                                                  \
		c->different |= a != b;                                                            \
		return c->different;                                                               \
	}                                                                                          \
	static __always_inline int check_##size(const struct answer_##size *from, struct scratch *scratch) \
	{                                                                                          \
		struct checking c = { .from = from, .scratch = scratch, .one = scratch->q.seed, .two = ~scratch->q.seed };     \
		const __u64 *head = (const void *)&from->head;                                     \
		check_block(&c, head + 1);                                                         \
		check_block(&c, head + 5);                                                         \
		check_block(&c, head + 9);                                                         \
		bpf_loop((from->head.used & (mask)) / 32 + (from->head.used == (mask) + 1 ? (mask) / 32 + 1 : 0), \
			 check_room_##size, &c, 0);                                                \
		return (c.one ^ c.two) == from->head.check;                                        \
	}                                                                                          \
	static __always_inline int same_name_##size(const struct answer_##size *from, struct scratch *scratch) \
	{                                                                                          \
		struct checking c = { .from = from, .scratch = scratch };                                      \
		if (from->head.name_length != scratch->q.name_length)                                      \
			return 0;                                                                  \
		bpf_loop((scratch->q.name_length + 7) / 8, compare_name_##size, &c, 0);                    \
		return !c.different;                                                               \
	}

CHECKERS(small, ANSWER_BYTES_SMALL - 1)
CHECKERS(large, ANSWER_BYTES_LARGE - 1)

/* Whether the entry says that it answers what is wanted, beside the name. */
static __always_inline int answers_it(const struct answer *a, const struct wanted *w, __u32 generation)
{
	const __u64 *one = (const void *)&a->asked, *other = (const void *)&w->asked;

	return a->generation == generation && a->type == w->q->type && a->how == w->q->how &&
	       a->client == w->client && one[0] == other[0] && one[1] == other[1];
}

/* Copies the entry of `key` and says what became of it. */
static __always_inline enum counter take_small(const struct wanted *w, struct scratch *scratch, __u32 generation,
					       void *entry)
{
	__u32 zero = 0;
	struct answer_small *copy = bpf_map_lookup_elem(&copy_small, &zero);

	if (!copy || bpf_map_update_elem(&copy_small, &zero, entry, BPF_ANY))
		return KERNEL_ABSENT;
	if (!check_small(copy, scratch))
		return KERNEL_TORN;
	if (!answers_it(&copy->head, w, generation) || !same_name_small(copy, scratch))
		return KERNEL_ABSENT;
	return COUNTERS;
}

static __always_inline enum counter take_large(const struct wanted *w, struct scratch *scratch, __u32 generation,
					       void *entry)
{
	__u32 zero = 0;
	struct answer_large *copy = bpf_map_lookup_elem(&copy_large, &zero);

	if (!copy || bpf_map_update_elem(&copy_large, &zero, entry, BPF_ANY))
		return KERNEL_ABSENT;
	if (!check_large(copy, scratch))
		return KERNEL_TORN;
	if (!answers_it(&copy->head, w, generation) || !same_name_large(copy, scratch))
		return KERNEL_ABSENT;
	return COUNTERS;
}

/* COUNTERS if there is an answer, a copy of which then lies where `taken` says; else why there is none. */
static __always_inline enum counter take_out(const struct wanted *w, struct scratch *scratch, __u32 generation,
					     enum taken *taken)
{
	__u64 key = key_of_answer(w);
	void *entry = bpf_map_lookup_elem(&answers_small, &key);

	*taken = IN_SMALL;
	if (entry)
		return take_small(w, scratch, generation, entry);
	*taken = IN_LARGE;
	entry = bpf_map_lookup_elem(&answers_large, &key);
	return entry ? take_large(w, scratch, generation, entry) : KERNEL_ABSENT;
}

#endif
