/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* The DNS part of a query: whether it is of the kind that is answered here, and the hash of its name. */
#ifndef GANDER_QUESTION_H
#define GANDER_QUESTION_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "maps.h"
#include "parse.h"
#include "rules.h"
#include "shared.h"

#define NAME_MAX_BYTES 255
#define NAME_WORDS 32
#define LABEL_MAX 63
#define LABELS_MAX 128
/* Labels, the root among them, that are hashed without bpf_loop. */
#define LABELS_AHEAD 4
#define OPT_BYTES 11
#define OPT_TYPE 41
/* Header, the longest name, type and class, OPT. */
#define MESSAGE_MAX (DNS_HEADER + NAME_MAX_BYTES + 4 + OPT_BYTES)
/* A message up to here is read from the frame itself. */
#define MESSAGE_AHEAD 128
#define FLAG_RD 0x0100
#define FLAG_AD 0x0020
#define FLAG_CD 0x0010
#define FLAG_DO 0x8000

/* A loop that is to stay one: what is executed seldom is read from memory, so fewer bytes of code are less to wait for. */
#define ROLLED _Pragma("clang loop unroll(disable)") _Pragma("clang loop vectorize(disable)")

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct control);
} controls SEC(".maps");

static __always_inline struct control *the_control(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&controls, &zero);
}

/* What hashes are keyed with. */
struct keys {
	__u64 seed, k1, k2;
};

static __always_inline struct keys keys_of(const struct control *control)
{
	struct keys keys = { control->seeds[0], control->seeds[1], control->seeds[2] };

	return keys;
}

/* What is looked for, beside the question itself. */
struct wanted {
	__u64 client;
	__u64 asked[2]; /* zero where the answer does not depend on it */
	__u32 generation;
};

struct question {
	__u64 name_sum; /* of the name as it stands in the packet, not folded */
	__u32 length;	/* of the message */
	__u32 name_length;
	__u32 end; /* of the question, from the message's start */
	__u32 sum; /* of the name, type and class; only where the checksum is whole */
	__u32 labels;
	__u16 type;
	__u16 flags; /* RD, AD, CD */
	__u16 limit; /* bytes the client takes */
	__u8 how;
	__u8 edns;
	__u8 bad;
	__u8 blocked;
	__u8 filled; /* enum filled */
};

/* What an answer teaches whom; each address in turn is in the key. */
struct lesson {
	struct known_key key;
	struct known_domain known;
	__u8 mac[8]; /* the client's; the last two bytes only fill */
	__u32 failed;
	/* How the answer is given afterwards. */
	__u32 age, stale_ttl;
	__u8 stale;
	__u8 verdict; /* enum counter */
	__u16 zero;
};

/* Where a query is laid out. One per CPU: programs of these hooks do not interrupt each other. */
struct scratch {
	__u64 jiffies, now; /* the time, and when it was asked for */
	struct question q;
	struct keys keys; /* only for those who ask about each label */
	struct wanted wanted;
	/* Of whoever asks, by classify(). */
	__u64 class;
	__u32 limit, zero;
	/* Of the index, where a large answer was found. */
	__u64 word;
	__u32 line, way;
	__u64 fence; /* only its being added to matters */
	__u64 name[NAME_WORDS]; /* in lower case; the last word ends in zeros */
	__u8 message[512];	/* the last 200 bytes are never filled: words may be read beyond the end */
	struct answer_large copy;
	__u64 labels[LABELS_MAX]; /* hashes, the first label's first */
	struct lesson lesson;
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

/* bpf_ktime_get_coarse_ns, asked once in each tick of the clock: between two it says the same. */
static __always_inline __u64 coarse_now(struct scratch *scratch)
{
	__u64 jiffies = bpf_jiffies64();

	if (scratch->jiffies != jiffies) {
		scratch->now = bpf_ktime_get_coarse_ns();
		scratch->jiffies = jiffies;
	}
	return scratch->now;
}

static __always_inline __u64 mix(const struct keys *keys, __u64 hash, __u64 word)
{
	hash ^= word;
	hash *= keys->k1;
	hash ^= hash >> 32;
	return hash * keys->k2;
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

/* 1 if the value is not 0. */
static __always_inline __u64 is_set(__u64 value)
{
	value = (value | -value) >> 63;
	OPAQUE(value);
	return value;
}

/* The message to the scratch. */
static __always_inline int load_message(struct __sk_buff *skb, __u32 offset, __u32 length, struct scratch *scratch)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	__u8 *message = scratch->message;
	const __u64 *from;
	__u32 first = offset, last = offset + length - 8;

	if (RARELY(offset > HEADERS_MAX || length > MESSAGE_AHEAD))
		return bpf_skb_load_bytes(skb, offset, message, length);
	/* Masked, since older verifiers forget the bound of what they see put aside. */
	OPAQUE(first);
	from = data + (first & HEADERS_MAX);
	ROLLED
	for (__u32 at = 0; at + 8 <= MESSAGE_AHEAD; at += 8) {
		if (at + 8 > length)
			break;
		if (RARELY((void *)(from + 1) > end))
			return bpf_skb_load_bytes(skb, offset, message, length);
		*(volatile __u64 *)(message + at) = *from++;
	}
	OPAQUE(last);
	from = data + (last & 0x1ff);
	if (RARELY((void *)(from + 1) > end))
		return bpf_skb_load_bytes(skb, offset, message, length);
	*(__u64 *)(message + length - 8) = *from;
	return 0;
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

/* What follows the name, which ends there; COUNTERS, or the counter that says what is odd about it. */
static __always_inline enum counter read_rest(struct question *q, const __u8 *message, __u32 end)
{
	const __u8 *fixed = message + end;

	q->type = fixed[0] << 8 | fixed[1];
	if (only_in_messages(q->type) || fixed[2] || fixed[3] != 1)
		return KERNEL_ODD_TYPE;
	q->how = q->flags & FLAG_CD ? HOW_CHECKING_DISABLED : 0;
	q->limit = 512;
	q->end = end + 4;
	q->edns = 0;
	return message[11] && !read_opt(q, fixed + 4) ? KERNEL_ODD_OPT : COUNTERS;
}

/* Reads the header into the scratch, and where the name must end if this is of our kind. */
static __always_inline enum counter read_header(struct __sk_buff *skb, const struct query *query,
						struct scratch *scratch)
{
	struct question *q = &scratch->q;
	__u32 length = query->udp_length - sizeof(struct udphdr);
	const __u8 *message = scratch->message;

	if (length < DNS_HEADER || length > MESSAGE_MAX)
		return KERNEL_ODD_OPT;
	q->length = length;
	if (load_message(skb, query->udp + sizeof(struct udphdr), length, scratch))
		return KERNEL_ODD_FRAME;
	q->flags = message[2] << 8 | message[3];
	if ((q->flags & ~(FLAG_RD | FLAG_AD | FLAG_CD)) || !(q->flags & FLAG_RD) ||
	    *(__u32 *)(message + 4) != bpf_htonl(1 << 16) || *(__u16 *)(message + 8) || message[10] ||
	    message[11] > 1)
		return KERNEL_ODD_HEADER;
	return COUNTERS;
}

/*
 * Reads the question if it is of our kind; else 0. Labels are not looked at: what is equal to the name of an answer is
 * a name.
 */
static __always_inline int read_question(struct scratch *scratch)
{
	struct question *q = &scratch->q;
	__u32 end = q->length - 4;

	if (scratch->message[11])
		end -= OPT_BYTES;
	if (RARELY(end <= DNS_HEADER || end > DNS_HEADER + NAME_MAX_BYTES))
		return 0;
	q->name_length = end - DNS_HEADER;
	return read_rest(q, scratch->message, end) == COUNTERS;
}

/* The name in lower case, its sum as it stands there, and its hash, eight bytes at once. */
static __always_inline __u64 hash_name(const struct keys *keys, struct scratch *scratch)
{
	__u32 left = scratch->q.name_length;
	__u64 hash = keys->seed, sum = 0;

	ROLLED
	for (__u32 i = 0; i < NAME_WORDS; i++) {
		__u64 word = *(const __u64 *)(scratch->message + DNS_HEADER + i * 8);

		if (left < 8)
			word = first_bytes(word, left);
		sum += (word & 0xffffffff) + (word >> 32);
		word = lower(word);
		*(volatile __u64 *)(scratch->name + i) = word;
		hash = mix(keys, hash, little(word));
		if (left <= 8)
			break;
		left -= 8;
	}
	scratch->q.name_sum = sum;
	return hash;
}

struct walk {
	struct scratch *scratch;
};

/* Label i of the name, or its end: 1 if there is nothing more to read. */
static __always_inline long hash_one_label(__u32 i, struct scratch *scratch)
{
	struct question *q = &scratch->q;
	const struct keys *keys = &scratch->keys;
	__u32 at = q->name_length & 0xff;
	__u32 length = scratch->message[DNS_HEADER + at];
	const __u8 *label = scratch->message + DNS_HEADER + 1 + at;
	__u64 hash = keys->seed ^ length;

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
		hash = mix(keys, hash, little(lower(bytes)));
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

/* Reads the question label by label, behind a header that is in order: COUNTERS, or the counter that says what is odd. */
static __always_inline enum counter examine(struct scratch *scratch)
{
	struct question *q = &scratch->q;
	const __u8 *message = scratch->message;
	__u32 end;

	q->name_length = q->labels = q->bad = 0;
	hash_labels(scratch);
	if (q->bad)
		return KERNEL_ODD_NAME;
	end = (DNS_HEADER + q->name_length) & 0x1ff;
	if (end > DNS_HEADER + NAME_MAX_BYTES || end + 4 + message[11] * OPT_BYTES != q->length)
		return KERNEL_ODD_OPT;
	return read_rest(q, message, end);
}

#endif
