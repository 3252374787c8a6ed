/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Which rule speaks of a name first, who asks, and so whether the name is rejected. */
#ifndef GANDER_BLOCKED_H
#define GANDER_BLOCKED_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "maps.h"
#include "question.h"
#include "shared.h"

struct bucket {
	__u64 slots[BLOCKED_BUCKET];
};

/* The table of the running configuration; replaced whole. (By sizes, because clang 14 leaves the struct out of an
 * inner map's BTF.) */
struct blocked_table {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct bucket));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct blocked_table);
} blocked SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CLASSES_MAX);
	__type(key, struct prefix);
	__type(value, struct part);
} classes_by_address SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CLASSES_MAX);
	__type(key, __u64); /* the bytes of the MAC address, then two of zero */
	__type(value, struct part);
} classes_by_mac SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CLASSES_MAX);
	__type(key, struct class_number);
	__type(value, struct part);
} classes_by_number SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CLASSES_MAX);
	__type(key, char[PROCESS_NAME]);
	__type(value, struct part);
} classes_by_process SEC(".maps");

/* Control groups come and go, so the daemon adds each when it first asks something: it is not known before. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CLASSES_MAX);
	__type(key, __u64);
	__type(value, struct part);
} classes_by_cgroup SEC(".maps");

struct judgement {
	struct scratch *scratch;
	void *table;
	__u64 hash;
	__u32 mask;
	__u32 labels; /* of the longest blocked name */
	__u32 rule;   /* as in a slot; BLOCKED_RULE: none */
};

/* Without branches: the verifier would walk every combination of them. Slots fill from the first on. */
static __always_inline int search_bucket(struct judgement *j, __u64 hash, __u32 index, __u32 scope)
{
	void *table = j->table;
	struct bucket *bucket;
	__s64 best = j->rule;

	if (!table)
		return 0;
	bucket = bpf_map_lookup_elem(table, &index);
	if (!bucket)
		return 0;
#pragma unroll
	for (int i = 0; i < BLOCKED_BUCKET; i++) {
		__u64 slot = bucket->slots[i];
		__u64 no = is_set((slot ^ hash) >> 16) | (is_set(slot & scope) ^ 1);
		__s64 less = (__s64)((slot & BLOCKED_RULE) | no << 32) - best;
		__s64 sign = less >> 63;

		OPAQUE(sign);
		best += less & sign;
	}
	j->rule = best;
	return bucket->slots[BLOCKED_BUCKET - 1] != 0;
}

/* From the last label to the first: each step makes the hash of one more suffix. */
static long judge_suffix(__u32 i, struct judgement *j)
{
	__u32 left = j->scratch->q.labels - 1 - i;
	__u32 scope = left == 0 ? BLOCKED_ITSELF : BLOCKED_BELOW;

	j->hash = mix(&j->scratch->keys, j->hash, j->scratch->labels[left & (LABELS_MAX - 1)]);
	for (__u32 probe = 0; probe < BLOCKED_PROBES; probe++)
		if (!search_bucket(j, j->hash, (__u32)(j->hash + probe) & j->mask, scope))
			break;
	return 0;
}

/* The rule that speaks of the name first, as in a slot. */
static __always_inline __u32 judge_name(struct scratch *scratch, const struct control *control)
{
	struct judgement j = {
		.scratch = scratch,
		.hash = scratch->keys.seed,
		.rule = BLOCKED_RULE,
		.mask = control->blocked_mask,
		.labels = control->blocked_labels,
	};
	__u32 first = 0, labels = scratch->q.labels;

	j.table = bpf_map_lookup_elem(&blocked, &first);
	if (j.table)
		bpf_loop(labels < j.labels ? labels : j.labels, judge_suffix, &j, 0);
	return j.rule;
}

#endif
