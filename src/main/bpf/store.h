/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * The answers, how one is found and how it is taken out whole. User space gives a place that is free to another answer
 * while another CPU may still read it: so an entry is copied, and the copy is believed only if the index's word says
 * afterwards what it said before; and if the entry says itself that it answers this question.
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
 * The loader sets the sizes: lines for `kernel_answers` small ones and a quarter more, an eighth large ones, some places
 * beside. Arrays that can be mapped begin at a page, so that lines are halves of pages.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, ANSWERS_MAX / 4);
	__type(key, __u32);
	__type(value, struct answers_line);
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

/* In every key, so that its tag is not that of a free word. */
#define TAG_NOT_FREE (1ULL << TAG_SHIFT)
#define PLACES (PLACE_LARGE - 1)

/* Where an answer was found. */
struct found {
	struct answers_line *line;
	__u64 word; /* 0: nowhere */
	__u32 number, way; /* of the line, and in it */
};

/* What is zero is left out. */
static __always_inline __u64 key_of_answer(const struct keys *keys, const struct scratch *scratch, __u64 name_hash,
					   const struct wanted *w)
{
	const struct question *q = &scratch->q;
	__u64 key = mix(keys, name_hash, q->type | (__u32)q->how << 16 | (__u64)q->name_length << 32);

	if (RARELY(w->client))
		key = mix(keys, key, w->client);
	if (RARELY(w->asked[0] | w->asked[1])) {
		key = mix(keys, key, little(w->asked[0]));
		key = mix(keys, key, little(w->asked[1]));
	}
	return key | TAG_NOT_FREE;
}

/* Without branches, as in search_bucket; of two alike (one is about to go) the first. */
static __always_inline void search_line(struct found *found, __u64 key, __u32 line)
{
	struct answers_line *here = bpf_map_lookup_elem(&answers_small, &line);
	__u64 word = 0, way = 0;

	if (!here)
		return;
#pragma unroll
	for (int i = 0; i < WAYS; i++) {
		__u64 each = *(const volatile __u64 *)&here->words[i];
		__u64 same = (is_set((each ^ key) >> TAG_SHIFT) - 1) & (is_set(word) - 1);

		word |= each & same;
		way |= i & same;
	}
	found->line = here;
	found->word = word;
	found->number = line;
	found->way = way;
}

/* The tag says by how much the two lines of a key differ: so each leads to the other. */
static __always_inline __u32 other_line(__u64 key, __u32 line, __u32 lines)
{
	__u32 sum = (key >> TAG_SHIFT) * lines >> (64 - TAG_SHIFT);

	return sum >= line ? sum - line : sum + lines - line;
}

/*
 * Asks for the memory in which the answer lies if it lies where most do, so that the processor need not wait for it
 * after it has waited for the index.
 */
static __always_inline void ask_ahead(__u64 key, __u32 line)
{
	struct answers_line *here = bpf_map_lookup_elem(&answers_small, &line);
	__u32 way = (key >> 32 & 0xff) * WAYS >> 8;
	__u64 word;

	if (!here)
		return;
	word = *(const volatile __u64 *)&here->answers[way].head;
	OPAQUE(word);
	word = *(const volatile __u64 *)here->answers[way].room;
	OPAQUE(word);
}

/* Where the index says that the answer is. */
static __always_inline void find(struct found *found, __u64 key, const struct control *control)
{
	__u32 lines = control->index_lines, line = (key & 0xffffffff) * lines >> 32;

	ask_ahead(key, line);
	search_line(found, key, line);
	if (RARELY(!found->word))
		search_line(found, key, other_line(key, line, lines));
}

/* In a register, for its bound to hold for older verifiers too: they forget that of what was put aside before. */
static __always_inline __u32 way_of(const struct found *found)
{
	__u32 way = found->way;

	OPAQUE(way);
	return way;
}

/*
 * Whether the word still says what it said: then what was read since is the answer's. Counts the hit; that it asks for
 * the count before makes it the barrier which keeps the two looks at the word and what was read between them in order.
 */
static __always_inline int still_there(const struct found *found)
{
	__u32 way = way_of(found), before, one;

	if (way >= WAYS)
		return 0;
	before = *(const volatile __u32 *)&found->line->usages[way];
	one = (before & HITS_MASK) < HITS_MAX;
	before = __sync_fetch_and_add(&found->line->usages[way], one);
	OPAQUE(before);
	return *(const volatile __u64 *)&found->line->words[way] == found->word;
}

/* Where the answer that was found lies. */
static __always_inline const struct answer_small *entry_small(const struct found *found)
{
	__u32 way = way_of(found);

	return way < WAYS ? &found->line->answers[way] : 0;
}

static __always_inline const struct answer_large *entry_large(const struct found *found)
{
	__u32 place = (found->word & PLACES) - 1;

	return bpf_map_lookup_elem(&answers_large, &place);
}

#define BLOCK 32
#define HEAD_BLOCKS (sizeof(struct answer) / BLOCK)

/* Copies the entry, and whether it says that it answers what is wanted. */
#define TAKERS(size, mask)                                                                         	static __always_inline void copy_##size(const struct answer_##size *from, struct answer_##size *to) 	{                                                                                          		__u32 blocks = HEAD_BLOCKS + *(const volatile __u16 *)&from->head.used / BLOCK;                                                                                                       		ROLLED                                                                             		for (__u32 i = 0; i < HEAD_BLOCKS + ((mask) + 1) / BLOCK; i++) {                   			const volatile __u64 *source = (const void *)from + i * BLOCK;             			volatile __u64 *copy = (void *)to + i * BLOCK;                             			__u64 a = source[0], b = source[1], c = source[2], d = source[3];                                                                                                             			copy[0] = a;                                                               			copy[1] = b;                                                               			copy[2] = c;                                                               			copy[3] = d;                                                               			if (i + 1 >= blocks)                                                       				break;                                                             		}                                                                                  	}                                                                                          	static __always_inline int has_name_##size(const struct answer_##size *a, const struct scratch *scratch) 	{                                                                                          		__u32 at = a->head.name_at, left = scratch->q.name_length;                                                                                                                            		if (a->head.name_length != left)                                                   			return 0;                                                                  		ROLLED                                                                             		for (__u32 i = 0; i < NAME_WORDS; i++) {                                           			if (*(const volatile __u64 *)(a->room + (at & (mask))) !=                  			    *(const volatile __u64 *)(scratch->name + i))                          				return 0;                                                          			if (left <= 8)                                                             				return 1;                                                          			left -= 8;                                                                 			at += 8;                                                                   		}                                                                                  		return 0;                                                                          	}                                                                                          	static __always_inline int is_for_##size(const struct answer_##size *copy, const struct scratch *scratch, 						  const struct wanted *w)                          	{                                                                                          		const struct answer *a = &copy->head;                                              		const __u64 *asked = (const void *)&a->asked;                                                                                                                                         		return a->generation == w->generation && a->type == scratch->q.type &&             		       a->how == scratch->q.how && a->client == w->client && asked[0] == w->asked[0] && 		       asked[1] == w->asked[1] && has_name_##size(copy, scratch);                  	}

TAKERS(small, ANSWER_BYTES_SMALL - 1)
TAKERS(large, ANSWER_BYTES_LARGE - 1)

#endif
