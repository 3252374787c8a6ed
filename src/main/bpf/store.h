/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * The answers, how one is found and how it is taken out whole. User space gives a place that is free to another answer
 * while another CPU may still read it: so an entry is copied first, and the copy is believed only if its check word, a
 * hash over all of it, holds, and if it says itself that it answers this question.
 */
#ifndef GANDER_STORE_H
#define GANDER_STORE_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "maps.h"
#include "question.h"
#include "shared.h"

/*
 * The loader sets the sizes: `kernel_answers` small ones, an eighth of that large ones, some places beside, and lines of
 * the index for twice as many. Arrays that can be mapped begin at a page, so that lines of the index are the cache's.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, ANSWERS_MAX / 2);
	__type(key, __u32);
	__type(value, struct index_line);
} answers_index SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, ANSWERS_MAX);
	__type(key, __u32);
	__type(value, struct answer_small);
} answers_small SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, ANSWERS_MAX / 8);
	__type(key, __u32);
	__type(value, struct answer_large);
} answers_large SEC(".maps");

/* What rules that reject say. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, REJECTS);
	__type(key, __u32);
	__type(value, struct answer_small);
} rejects SEC(".maps");

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

/* In every key, so that its tag is not that of a free word. */
#define TAG_NOT_FREE (1ULL << 32)

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

struct taking {
	const void *from; /* an answer_small or _large */
	void *to;	  /* one of the same size */
	struct scratch *scratch;
	__u64 one, two;
	__u32 different;
};

/* 32 bytes: two chains, so that the processor need not wait for one multiplication before the next. Each word is read
 * once: what is checked is what is copied. */
static __always_inline void take_block(struct taking *t, const volatile __u64 *from, __u64 *to)
{
	const struct question *q = &t->scratch->q;
	__u64 a = from[0], b = from[1], c = from[2], d = from[3];

	to[0] = a;
	to[1] = b;
	to[2] = c;
	to[3] = d;
	t->one = mix(q, mix(q, t->one, a), b);
	t->two = mix(q, mix(q, t->two, c), d);
}

/* Blocks of room, and words of a name, that are done without bpf_loop. */
#define BLOCKS_AHEAD 4
#define WORDS_AHEAD 4
#define TAKE_AHEAD(i)                                                                              \
	if (blocks > (i))                                                                          \
		take_block(&t, (const __u64 *)(from->room + (i) * 32), (__u64 *)(to->room + (i) * 32));
#define COMPARE_AHEAD(size, i)                                                                     \
	if (words > (i))                                                                           \
		different |= other_word_##size(a, scratch, (i) * 8);

/* One callback for each size, because the verifier must know the bounds of the memory it is given. */
#define TAKERS(size, mask)                                                                         \
	static long take_room_##size(__u32 i, struct taking *t)                                    \
	{                                                                                          \
		const struct answer_##size *from = t->from;                                        \
		struct answer_##size *to = t->to;                                                  \
		__u32 at = ((i + BLOCKS_AHEAD) * 32) & (mask) & ~31U;                              \
		take_block(t, (const __u64 *)(from->room + at), (__u64 *)(to->room + at));         \
		return 0;                                                                          \
	}                                                                                          \
	static __always_inline int copy_##size##_entry(const struct answer_##size *from,           \
						       struct answer_##size *to, struct scratch *scratch) \
	{                                                                                          \
		struct taking t = { .from = from, .to = to, .scratch = scratch };                  \
		const __u64 *head = (const void *)&from->head;                                     \
		__u64 *copy = (void *)&to->head;                                                   \
		__u64 check = *(const volatile __u64 *)head;                                       \
		__u32 blocks;                                                                      \
		t.one = scratch->q.seed;                                                           \
		t.two = ~scratch->q.seed;                                                          \
		take_block(&t, head + 1, copy + 1);                                                \
		take_block(&t, head + 5, copy + 5);                                                \
		take_block(&t, head + 9, copy + 9);                                                \
		blocks = to->head.used / 32;                                                       \
		if (blocks > ((mask) + 1) / 32)                                                    \
			return 0;                                                                  \
		TAKE_AHEAD(0)                                                                      \
		TAKE_AHEAD(1)                                                                      \
		TAKE_AHEAD(2)                                                                      \
		TAKE_AHEAD(3)                                                                      \
		if (blocks > BLOCKS_AHEAD)                                                         \
			bpf_loop(blocks - BLOCKS_AHEAD, take_room_##size, &t, 0);                  \
		return (t.one ^ t.two) == check;                                                   \
	}                                                                                          \
	static __always_inline __u64 other_word_##size(const struct answer_##size *a,              \
						       const struct scratch *scratch, __u32 at)    \
	{                                                                                          \
		__u32 left = scratch->q.name_length - at;                                          \
		__u64 kept = *(const __u64 *)(a->room + ((a->head.name_at + at) & (mask)));        \
		__u64 asked = lower(*(const __u64 *)(scratch->message + DNS_HEADER + at));         \
		if (left < 8)                                                                      \
			asked = first_bytes(asked, left);                                          \
		return kept ^ asked;                                                               \
	}                                                                                          \
	static long compare_name_##size(__u32 i, struct taking *t)                                 \
	{                                                                                          \
		t->different |= other_word_##size(t->from, t->scratch, ((i + WORDS_AHEAD) * 8) & 0xf8) != 0; \
		return t->different;                                                               \
	}                                                                                          \
	static __always_inline int same_name_##size(const struct answer_##size *a, struct scratch *scratch) \
	{                                                                                          \
		struct taking t = { .from = a, .scratch = scratch };                               \
		__u32 words = (scratch->q.name_length + 7) / 8;                                    \
		__u64 different = a->head.name_length ^ scratch->q.name_length;                    \
		COMPARE_AHEAD(size, 0)                                                             \
		COMPARE_AHEAD(size, 1)                                                             \
		COMPARE_AHEAD(size, 2)                                                             \
		COMPARE_AHEAD(size, 3)                                                             \
		if (words > WORDS_AHEAD)                                                           \
			bpf_loop(words - WORDS_AHEAD, compare_name_##size, &t, 0);                 \
		return !(different | t.different);                                                 \
	}

TAKERS(small, ANSWER_BYTES_SMALL - 1)
TAKERS(large, ANSWER_BYTES_LARGE - 1)

/* Whether the entry says that it answers what is wanted, beside the name. */
static __always_inline int answers_it(const struct answer *a, const struct wanted *w, __u32 generation)
{
	const __u64 *one = (const void *)&a->asked, *other = (const void *)&w->asked;

	return a->generation == generation && a->type == w->q->type && a->how == w->q->how &&
	       a->client == w->client && one[0] == other[0] && one[1] == other[1];
}

/* Copies the entry at `place` and says what became of it. */
#define TAKE(size)                                                                                 \
	static __always_inline enum counter take_##size(const struct wanted *w, struct scratch *scratch, \
							__u32 generation, __u32 place)              \
	{                                                                                          \
		__u32 zero = 0;                                                                    \
		const struct answer_##size *entry = bpf_map_lookup_elem(&answers_##size, &place);  \
		struct answer_##size *copy = bpf_map_lookup_elem(&copy_##size, &zero);             \
		if (!entry || !copy)                                                               \
			return KERNEL_ABSENT;                                                      \
		if (!copy_##size##_entry(entry, copy, scratch))                                    \
			return KERNEL_TORN;                                                        \
		if (!answers_it(&copy->head, w, generation) || !same_name_##size(copy, scratch))   \
			return KERNEL_ABSENT;                                                      \
		return COUNTERS;                                                                   \
	}

TAKE(small)
TAKE(large)

/* The place that a line names for the key, as in its word, or 0. Without branches, as in search_bucket. */
static __always_inline __u32 search_line(struct scratch *scratch, __u64 key, __u32 line)
{
	const struct index_line *found = bpf_map_lookup_elem(&answers_index, &line);
	__u64 word = 0, way = 0;

	if (!found)
		return 0;
#pragma unroll
	for (int i = 0; i < WAYS; i++) {
		__u64 each = *(const volatile __u64 *)&found->words[i];
		__u64 same = is_set((each ^ key) >> 32) - 1;

		word |= each & same;
		way |= i & same;
	}
	scratch->line = line;
	scratch->way = way;
	return word;
}

/* The place that the index names for what is wanted, or 0. */
static __always_inline __u32 find(const struct wanted *w, struct scratch *scratch, const struct control *control)
{
	__u64 key = key_of_answer(w) | TAG_NOT_FREE;
	__u32 line = key & control->index_mask;
	__u32 place = search_line(scratch, key, line);

	return place ? place : search_line(scratch, key, line ^ (key >> 32 & control->index_mask));
}

/* COUNTERS if there is an answer, a copy of which then lies where `taken` says; else why there is none. */
static __always_inline enum counter take_out(const struct wanted *w, struct scratch *scratch, __u32 place,
					     __u32 generation, enum taken *taken)
{
	if (!place)
		return KERNEL_ABSENT;
	if (place & PLACE_LARGE) {
		*taken = IN_LARGE;
		return take_large(w, scratch, generation, (place & ~PLACE_LARGE) - 1);
	}
	*taken = IN_SMALL;
	return take_small(w, scratch, generation, place - 1);
}

#endif
