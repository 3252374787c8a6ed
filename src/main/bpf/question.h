/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* The DNS part of a query: whether it is of the kind that is answered here, and the hash of its name. */
#ifndef GANDER_QUESTION_H
#define GANDER_QUESTION_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "maps.h"
#include "parse.h"
#include "shared.h"

#define NAME_MAX_BYTES 255
#define LABEL_MAX 63
#define LABELS_MAX 128
/* Labels, the root among them, that are hashed without bpf_loop. */
#define LABELS_AHEAD 4
#define OPT_BYTES 11
#define OPT_TYPE 41
/* Header, the longest name, type and class, OPT. */
#define MESSAGE_MAX (DNS_HEADER + NAME_MAX_BYTES + 4 + OPT_BYTES)
#define FLAG_RD 0x0100
#define FLAG_AD 0x0020
#define FLAG_CD 0x0010
#define FLAG_DO 0x8000

struct question {
	__u64 k1, k2, seed; /* of the hash */
	__u64 name_hash;
	__u32 name_length, labels;
	__u32 end;  /* of the question, from the message's start */
	__u16 type;
	__u16 flags; /* RD, AD, CD */
	__u16 limit; /* bytes the client takes */
	__u8 how;
	__u8 edns;
	__u8 bad;
	__u8 blocked;
	__u8 filled; /* enum filled */
	__u32 sum;   /* of the name, type and class as they stand in the packet */
};

/* Where a query is laid out. One per CPU: programs of these hooks do not interrupt each other. */
struct scratch {
	struct question q;
	__u32 line, way; /* of the index: where the answer was found */
	__u8 message[512]; /* the last 200 bytes are never filled: words may be read beyond the end */
	__u64 labels[LABELS_MAX]; /* hashes, the first label's first */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

static __always_inline struct scratch *the_scratch(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&scratches, &zero);
}

static __always_inline __u64 mix(const struct question *q, __u64 hash, __u64 word)
{
	hash ^= word;
	hash *= q->k1;
	hash ^= hash >> 32;
	return hash * q->k2;
}

/* Text is hashed as little-endian words, which Java does too. */
static __always_inline __u64 little(__u64 word)
{
	return bpf_htonl(1) == 1 ? __builtin_bswap64(word) : word;
}

/* Eight bytes at once. A label's length is at most 63, below 'A', so whole names can be lower-cased. */
static __always_inline __u64 lower(__u64 word)
{
	__u64 low = word & 0x7f7f7f7f7f7f7f7fULL;
	__u64 above_z = low + 0x2525252525252525ULL;
	__u64 from_a = low + 0x3f3f3f3f3f3f3f3fULL;

	return word | ((~word & (above_z ^ from_a) & 0x8080808080808080ULL) >> 2);
}

/* The first `bytes` (1 to 8) of a word as it lies in memory. */
static __always_inline __u64 first_bytes(__u64 word, __u32 bytes)
{
	return word & bpf_cpu_to_be64(~0ULL << ((8 - bytes) * 8 & 63));
}

/* Hides from clang what a value is, so that it does not turn arithmetic back into branches. */
#define OPAQUE(value) asm volatile("" : "+r"(value))

/* 1 if the value is not 0. */
static __always_inline __u64 is_set(__u64 value)
{
	value = (value | -value) >> 63;
	OPAQUE(value);
	return value;
}

struct walk {
	struct scratch *scratch;
};

/* Label i of the name, or its end: 1 if there is nothing more to read. */
static __always_inline long hash_one_label(__u32 i, struct scratch *scratch)
{
	struct question *q = &scratch->q;
	__u32 at = q->name_length & 0xff;
	__u32 length = scratch->message[DNS_HEADER + at];
	const __u8 *label = scratch->message + DNS_HEADER + 1 + at;
	__u64 hash = q->seed ^ length;

	if (length == 0) {
		q->name_length = at + 1;
		return 1;
	}
	if (length > LABEL_MAX || at + 1 + length >= NAME_MAX_BYTES) {
		q->bad = 1;
		return 1;
	}
#pragma unroll
	for (__u32 word = 0; word < 8; word++) {
		__u64 bytes;

		if (word * 8 >= length)
			break;
		bytes = *(const __u64 *)(label + word * 8);
		if (length - word * 8 < 8)
			bytes = first_bytes(bytes, length - word * 8);
		hash = mix(q, hash, little(lower(bytes)));
	}
	scratch->labels[i & (LABELS_MAX - 1)] = hash;
	q->labels = i + 1;
	q->name_length = at + 1 + length;
	return 0;
}

static long hash_label(__u32 i, struct walk *walk)
{
	return hash_one_label(i + LABELS_AHEAD, walk->scratch);
}

/* Nearly all names have so few labels that bpf_loop, which calls a function for each, is not needed. */
static __always_inline void hash_labels(struct scratch *scratch)
{
	struct walk walk = { .scratch = scratch };

#pragma unroll
	for (__u32 i = 0; i < LABELS_AHEAD; i++)
		if (hash_one_label(i, scratch))
			return;
	bpf_loop(LABELS_MAX - LABELS_AHEAD, hash_label, &walk, 0);
}

/* A plain OPT at the end: no options, version 0, no flag but DO. */
static __always_inline int read_opt(struct question *q, const __u8 *opt)
{
	__u16 flags = opt[7] << 8 | opt[8], size = opt[3] << 8 | opt[4];

	if (opt[0] || opt[1] || opt[2] != OPT_TYPE || opt[5] || opt[6] || (flags & ~FLAG_DO) || opt[9] || opt[10])
		return 0;
	q->edns = 1;
	if (flags & FLAG_DO)
		q->how |= HOW_DNSSEC_OK;
	if (size > q->limit)
		q->limit = size < REPLY_MAX ? size : REPLY_MAX;
	return 1;
}

static __always_inline int only_in_messages(__u16 type)
{
	return type == 0 || type == OPT_TYPE || (type >= 249 && type <= 254);
}

/* Reads the message into the scratch; COUNTERS if it is of our kind, else the counter that says why not. */
static __always_inline enum counter read_question(struct __sk_buff *skb, const struct query *query,
						  struct scratch *scratch)
{
	struct question *q = &scratch->q;
	__u32 length = query->udp_length - sizeof(struct udphdr);
	__u8 *message = scratch->message;
	const __u8 *fixed;
	__u32 end;

	if (length < DNS_HEADER || length > MESSAGE_MAX)
		return KERNEL_ODD_OPT;
	if (bpf_skb_load_bytes(skb, query->udp + sizeof(struct udphdr), message, length))
		return KERNEL_ODD_FRAME;
	q->flags = message[2] << 8 | message[3];
	if ((q->flags & ~(FLAG_RD | FLAG_AD | FLAG_CD)) || !(q->flags & FLAG_RD) ||
	    *(__u32 *)(message + 4) != bpf_htonl(1 << 16) || *(__u16 *)(message + 8) || message[10] ||
	    message[11] > 1)
		return KERNEL_ODD_HEADER;
	q->name_length = q->labels = q->edns = q->bad = 0;
	hash_labels(scratch);
	if (q->bad)
		return KERNEL_ODD_NAME;
	end = (DNS_HEADER + q->name_length) & 0x1ff;
	if (end > DNS_HEADER + NAME_MAX_BYTES || end + 4 + message[11] * OPT_BYTES != length)
		return KERNEL_ODD_OPT;
	fixed = message + end;
	q->type = fixed[0] << 8 | fixed[1];
	if (only_in_messages(q->type) || fixed[2] || fixed[3] != 1)
		return KERNEL_ODD_TYPE;
	q->how = q->flags & FLAG_CD ? HOW_CHECKING_DISABLED : 0;
	q->limit = 512;
	q->end = end + 4;
	if (message[11] && !read_opt(q, fixed + 4))
		return KERNEL_ODD_OPT;
	return COUNTERS;
}

#endif
