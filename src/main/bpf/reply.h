/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Turns a query's frame into the frame of its reply. The name stays as the client spelled it. */
#ifndef GANDER_REPLY_H
#define GANDER_REPLY_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "maps.h"
#include "parse.h"
#include "question.h"
#include "shared.h"
#include "store.h"

#define HOP_LIMIT 64
#define FLAG_QR 0x8000
#define FLAG_RA 0x0080
/* Smaller packets pass every interface that IPv4 may use. */
#define MTU_ANY 576

enum filled {
	CHECKSUM_WHOLE,	  /* filled in, or left out (IPv4) */
	CHECKSUM_PARTIAL, /* only the pseudo header's: whoever sends the packet out fills it in */
};

static __always_inline __u32 fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/* What a sum counts for where its bytes begin at an odd offset. */
static __always_inline __u32 at_offset(__u32 sum, __u32 offset)
{
	return offset & 1 ? (sum >> 8 | sum << 8) & 0xffff : sum;
}

static __always_inline __u64 pseudo_header(const struct query *query, __u32 udp_length)
{
	__u64 sum = (__u64)query->source.words[3] + query->asked.words[3] + bpf_htonl(IPPROTO_UDP) +
		    bpf_htonl(udp_length);

	if (query->ipv6)
		for (int i = 0; i < 3; i++)
			sum += (__u64)query->source.words[i] + query->asked.words[i];
	return sum;
}

/* What a reply's checksum is made of. */
struct reply {
	const struct query *query;
	struct scratch *scratch;
	const struct question *q;
	__u64 ttl_sum;	    /* what counting down adds to the records' sum */
	__u32 age, stale_ttl;
	__u8 stale;
	void *copy;
	__u32 ttls_at;
};

static __always_inline int ipv4_sum_holds(struct __sk_buff *skb, const struct query *query)
{
	__u32 ip[5];

	return LOAD(skb, query->ip, &ip) &&
	       fold((__u64)ip[0] + ip[1] + ip[2] + ip[3] + ip[4]) == 0xffff;
}

/* Sum of the plain OPT that follows the question, which ends there. */
static __always_inline __u32 opt_sum(const __u8 *message, __u32 end)
{
	const __u8 *bytes = message + end;

	return at_offset(fold((__u64)*(__u32 *)bytes + *(__u32 *)(bytes + 4) +
			      fold(first_bytes(*(__u64 *)(bytes + 8), 3))),
			 end);
}

/*
 * The stack would drop a query whose checksum is wrong, so it must not be answered. Keeps the question's part, which
 * the reply needs.
 */
static __always_inline int sums_hold(struct __sk_buff *skb, const struct query *query, struct scratch *scratch)
{
	struct question *q = &scratch->q;
	const __u8 *message = scratch->message;
	__u32 end = q->end & 0x1ff;
	__u64 sum;

	if (RARELY(!query->ipv6 && !ipv4_sum_holds(skb, query)))
		return 0;
	sum = fold(pseudo_header(query, query->udp_length));
	q->filled = CHECKSUM_PARTIAL;
	if (query->udp_check == sum)
		return 1;
	q->filled = CHECKSUM_WHOLE;
	q->sum = fold((q->name_sum & 0xffffffff) + (q->name_sum >> 32) +
		      at_offset(fold(*(__u32 *)(message + ((end - 4) & 0x1ff))), q->name_length));
	if (query->udp_check == 0)
		return !query->ipv6;
	sum += (__u64)query->udp_check + query->source_port + bpf_htons(DNS_PORT) + bpf_htons(query->udp_length) +
	       *(__u32 *)message + *(__u32 *)(message + 4) + *(__u32 *)(message + 8) + q->sum;
	if (q->edns)
		sum += opt_sum(message, end);
	return fold(sum) == 0xffff;
}

static __always_inline __u32 counted_down(const struct reply *r, __u32 ttl)
{
	if (r->stale)
		return r->stale_ttl;
	return ttl > r->age ? ttl - r->age : 0;
}

/* Bytes that are written into the frame itself, and as far into it. */
#define TAIL_AHEAD 64
#define OFFSET_MAX 0x3ff
/* TTLs that are counted down without bpf_loop. */
#define TTLS_AHEAD 2

/*
 * A length that is not 0, in the eyes of verifiers before Linux 6.8 too, which learn nothing from
 * "!= 0", and clang makes that of "> 0". At most mask + 1.
 */
#define SOME(length, mask)                                                                         \
	({                                                                                         \
		__u32 less = (length) - 1;                                                         \
		asm volatile("" : "+r"(less));                                                     \
		(less & (mask)) + 1;                                                               \
	})

#define REPLIES_OF(size, mask)                                                                     \
	static __always_inline void count_down_one_##size(__u32 i, struct reply *r)                \
	{                                                                                          \
		struct answer_##size *copy = r->copy;                                              \
		__u32 at = *(__u16 *)(copy->room + ((r->ttls_at + 2 * i) & (mask)));                    \
		__u32 *ttl = (__u32 *)(copy->room + (at & (mask)));                 \
		__u32 before = *ttl, after = bpf_htonl(counted_down(r, bpf_ntohl(before)));        \
		*ttl = after;                                                                      \
		r->ttl_sum += at_offset(fold((__u64)after + (__u32)~before), at);                  \
	}                                                                                          \
	static long count_down_##size(__u32 i, struct reply *r)                                    \
	{                                                                                          \
		count_down_one_##size(i + TTLS_AHEAD, r);                                          \
		return 0;                                                                          \
	}                                                                                          \
	static __always_inline void count_down_all_##size(__u32 ttls, struct reply *r)             \
	{                                                                                          \
		if (ttls > 0)                                                                      \
			count_down_one_##size(0, r);                                               \
		if (ttls > 1)                                                                      \
			count_down_one_##size(1, r);                                               \
		if (ttls > TTLS_AHEAD)                                                             \
			bpf_loop(ttls - TTLS_AHEAD, count_down_##size, r, 0);                      \
	}                                                                                          \
	/* The first bytes of the room into the frame. */                                          \
	static __always_inline int put_##size(struct __sk_buff *skb, const struct answer_##size *copy, \
					      __u32 offset, __u32 length)                          \
	{                                                                                          \
		void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;          \
		__u32 first = offset, last = offset + length - 8;                                  \
		__u64 *to;                                                                         \
                                                                                                   \
		if (length == 0)                                                                   \
			return 0;                                                                  \
		if (RARELY(length < 8 || length > TAIL_AHEAD || offset > OFFSET_MAX))              \
			return bpf_skb_store_bytes(skb, offset, copy->room, SOME(length, mask), 0); \
		OPAQUE(first);                                                                     \
		to = data + (first & OFFSET_MAX);                                                  \
		ROLLED                                                                             \
		for (__u32 at = 0; at + 8 <= TAIL_AHEAD; at += 8) {                                \
			if (at + 8 > length)                                                       \
				break;                                                             \
			if (RARELY((void *)(to + 1) > end))                                        \
				return -1;                                                         \
			*(volatile __u64 *)to++ = *(const volatile __u64 *)(copy->room + at);      \
		}                                                                                  \
		OPAQUE(last);                                                                      \
		to = data + (last & OFFSET_MAX);                                                   \
		if (RARELY((void *)(to + 1) > end))                                                \
			return -1;                                                                 \
		*to = *(const __u64 *)(copy->room + length - 8);                                   \
		return 0;                                                                          \
	}                                                                                          \
	static __always_inline int store_##size(struct __sk_buff *skb, struct reply *r,            \
						struct answer_##size *copy, __u32 offset)          \
	{                                                                                          \
		__u32 length = copy->head.records_length, at;                                      \
                                                                                                   \
		if (r->q->edns && !r->stale)                                                       \
			length += copy->head.opt_length;                                           \
		length &= (mask);                                                                  \
		if (put_##size(skb, copy, offset, length))                                         \
			return -1;                                                                 \
		if (!RARELY(r->stale) || !r->q->edns)                                              \
			return 0;                                                                  \
		offset += length;                                                                  \
		length = copy->head.stale_opt_length & (STALE_OPT_MAX - 1);                        \
		at = copy->head.stale_opt_at & (mask);                                             \
		if (length > 0 && length <= STALE_OPT_SHORT && at <= (mask) + 1 - STALE_OPT_SHORT)  \
			return bpf_skb_store_bytes(skb, offset, copy->room + at,                   \
						   SOME(length, STALE_OPT_SHORT - 1), 0);          \
		if (length == 0 || at > (mask) + 1 - STALE_OPT_MAX)                                \
			return -1;                                                                 \
		return bpf_skb_store_bytes(skb, offset, copy->room + at,                           \
					   SOME(length, STALE_OPT_MAX - 1), 0);                    \
	}

REPLIES_OF(small, ANSWER_BYTES_SMALL - 1)
REPLIES_OF(large, ANSWER_BYTES_LARGE - 1)

/* Bytes that follow the question. */
static __always_inline __u32 tail_length(const struct reply *r, const struct answer *a)
{
	return a->records_length + (!r->q->edns ? 0 : r->stale ? a->stale_opt_length : a->opt_length);
}

static __always_inline __u32 tail_sum(const struct reply *r, const struct answer *a)
{
	__u32 sum = fold((__u64)a->records_sum + r->ttl_sum);

	if (r->q->edns)
		sum = fold((__u64)sum + at_offset(r->stale ? a->stale_opt_sum : a->opt_sum, a->records_length));
	return at_offset(sum, r->q->end);
}

struct dns_head {
	__u16 id, flags, questions, answers, authorities, additional;
};

static __always_inline void fill_head(struct dns_head *dns, const struct reply *r, const struct answer *a)
{
	const struct question *q = r->q;
	__u16 flags = FLAG_QR | FLAG_RA | (q->flags & (FLAG_RD | FLAG_CD)) | (a->flags & ~FLAG_AD);

	if ((q->flags & FLAG_AD) || (q->how & HOW_DNSSEC_OK))
		flags |= a->flags & FLAG_AD;
	dns->id = *(__u16 *)r->scratch->message;
	dns->flags = bpf_htons(flags);
	dns->questions = bpf_htons(1);
	dns->answers = bpf_htons(a->answers);
	dns->authorities = bpf_htons(a->authorities);
	dns->additional = bpf_htons(a->additional + q->edns);
}

struct ipv4_reply {
	struct iphdr ip;
	struct udphdr udp;
	struct dns_head dns;
} __attribute__((packed));

struct ipv6_reply {
	struct ipv6hdr ip;
	struct udphdr udp;
	struct dns_head dns;
} __attribute__((packed));

static __always_inline void fill_ipv4(struct iphdr *ip, const struct query *query, __u32 length)
{
	const __u16 *words = (const void *)ip;
	__u64 sum = 0;

	ip->version = 4;
	ip->ihl = 5;
	ip->tos = 0;
	ip->tot_len = bpf_htons(length);
	ip->id = bpf_get_prandom_u32();
	ip->frag_off = 0; /* as gander's sockets reply: a narrower way may still cut it */
	ip->ttl = HOP_LIMIT;
	ip->protocol = IPPROTO_UDP;
	ip->check = 0;
	ip->saddr = query->asked.words[3];
	ip->daddr = query->source.words[3];
	for (int i = 0; i < 10; i++)
		sum += words[i];
	ip->check = ~fold(sum);
}

static __always_inline void fill_ipv6(struct ipv6hdr *ip, const struct query *query, __u32 udp_length)
{
	*(__be32 *)ip = bpf_htonl(0x60000000);
	ip->payload_len = bpf_htons(udp_length);
	ip->nexthdr = IPPROTO_UDP;
	ip->hop_limit = HOP_LIMIT;
	__builtin_memcpy(&ip->saddr, &query->asked, sizeof(ip->saddr));
	__builtin_memcpy(&ip->daddr, &query->source, sizeof(ip->daddr));
}

static __always_inline void fill_udp(struct udphdr *udp, const struct dns_head *dns, const struct reply *r,
				     const struct answer *a, __u32 length)
{
	const __u32 *words = (const void *)dns;
	__u32 sum = fold(pseudo_header(r->query, length));

	udp->source = bpf_htons(DNS_PORT);
	udp->dest = r->query->source_port;
	udp->len = bpf_htons(length);
	if (r->q->filled == CHECKSUM_WHOLE) {
		sum = fold((__u64)sum + udp->source + udp->dest + udp->len + words[0] + words[1] + words[2] +
			   r->q->sum + tail_sum(r, a));
		sum = ~sum & 0xffff;
		if (!sum)
			sum = 0xffff;
	}
	udp->check = sum;
}

static __always_inline void exchange_macs(void *data)
{
	__u16 *mac = data;

	for (int i = 0; i < ETH_ALEN / 2; i++) {
		__u16 ours = mac[i];

		mac[i] = mac[i + ETH_ALEN / 2];
		mac[i + ETH_ALEN / 2] = ours;
	}
}

/* The frame is of its new length; writes what stands before the question. */
static __always_inline int write_front(struct __sk_buff *skb, const struct reply *r, const struct answer *a,
				       __u32 udp_length)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	__u32 offset = r->query->ip & 0x3f;

	if (data + ETH_HLEN > end)
		return -1;
	/* Links without headers have none to exchange. */
	if (offset)
		exchange_macs(data);
	if (r->query->ipv6) {
		struct ipv6_reply *front = data + offset;
		struct dns_head dns;
		struct udphdr udp;

		if ((void *)(front + 1) > end)
			return -1;
		fill_head(&dns, r, a);
		fill_udp(&udp, &dns, r, a, udp_length);
		fill_ipv6((struct ipv6hdr *)front, r->query, udp_length);
		front->udp = udp;
		front->dns = dns;
	} else {
		struct ipv4_reply *front = data + offset;
		struct dns_head dns;
		struct udphdr udp;
		struct iphdr ip;

		if ((void *)(front + 1) > end)
			return -1;
		fill_head(&dns, r, a);
		fill_udp(&udp, &dns, r, a, udp_length);
		fill_ipv4(&ip, r->query, udp_length + sizeof(ip));
		front->ip = ip;
		front->udp = udp;
		front->dns = dns;
	}
	return 0;
}

/* The kernel keeps CHECKSUM_COMPLETE, of the old bytes, only if the length stays; so it changes. */
static __always_inline int set_length(struct __sk_buff *skb, __u32 length)
{
	if (length == skb->len && bpf_skb_change_tail(skb, length + 1, 0))
		return -1;
	return bpf_skb_change_tail(skb, length, 0);
}

/* COUNTERS if the reply may leave, else why not; nothing is touched yet. */
static __always_inline enum counter fits(struct __sk_buff *skb, const struct reply *r, const struct answer *a)
{
	__u32 message = r->q->end + tail_length(r, a);
	__u32 packet = message + sizeof(struct udphdr) +
		       (r->query->ipv6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr));

	if (message > r->q->limit)
		return KERNEL_LARGE;
	if (packet > MTU_ANY && bpf_check_mtu(skb, 0, &packet, 0, 0))
		return KERNEL_MTU;
	return COUNTERS;
}

#define WRITE_REPLY(size)                                                                          \
	static __always_inline int write_reply_##size(struct __sk_buff *skb, struct reply *r,           \
						 struct answer_##size *copy)                       \
	{                                                                                          \
		struct answer *a = &copy->head;                                                    \
		__u32 udp_length = sizeof(struct udphdr) + r->q->end + tail_length(r, a);          \
		r->copy = copy;                                                                    \
		r->ttls_at = a->ttls_at;                                                           \
		if (r->age || r->stale)                                                            \
			count_down_all_##size(a->ttl_count, r);                                    \
		if (set_length(skb, r->query->udp + udp_length))                                   \
			return -1;                                                                 \
		if (store_##size(skb, r, copy, r->query->udp + sizeof(struct udphdr) + r->q->end)) \
			return -1;                                                                 \
		return write_front(skb, r, a, udp_length);                                         \
	}

WRITE_REPLY(small)
WRITE_REPLY(large)

#endif
