/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * The first rule of `routing` that matches a packet. Each fact that rules ask about is looked up once and names a
 * vector: the rules whose terms on that fact hold, a bit each. The first bit that all vectors have is the rule.
 */
#ifndef GANDER_ROUTING_H
#define GANDER_ROUTING_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "maps.h"
#include "parse.h"
#include "question.h"
#include "rules.h"
#include "shared.h"

struct rules_page {
	__u64 words[RULES_PAGE / 8];
};

struct rules_pages {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, RULES_PAGE);
};

/* The rules in force; nothing where there are none. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct rules_pages);
} rules SEC(".maps");

struct known_table {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct known_key));
	__uint(value_size, sizeof(struct known_domain));
};

/* Which name a client knows an address by, while rules ask about names. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct known_table);
} known_domains SEC(".maps");

/* One packet being judged. One per CPU, as `scratches`. */
struct routing {
	struct flow_key facts; /* nothing left out */
	struct flow_key key;   /* as `flows` has it */
	struct flow flow;      /* the result */
	__u32 vectors[FACTS];
	/* For the limit of rejections. */
	__u32 second, rejections;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct routing);
} routings SEC(".maps");

static __always_inline struct routing *the_routing(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&routings, &zero);
}

static __always_inline void *the_rules(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&rules, &zero);
}

static __always_inline const struct rules_header *header_of(void *image)
{
	__u32 zero = 0;

	return image ? bpf_map_lookup_elem(image, &zero) : 0;
}

static __always_inline const void *page_of(void *image, __u32 offset)
{
	__u32 page = offset >> RULES_PAGE_SHIFT;

	return bpf_map_lookup_elem(image, &page);
}

/* At a multiple of 4. */
static __always_inline __u32 read_u32(void *image, __u32 offset)
{
	const void *page = page_of(image, offset);

	return page ? *(const __u32 *)(page + (offset & (RULES_PAGE - 4))) : 0;
}

/* A search for the last entry that is not above the value. */
struct search {
	void *image;
	__u64 high, low; /* narrow: only low */
	__u32 keys, from, rest;
};

static long narrow_step(__u32 i, struct search *s)
{
	void *image = s->image;
	__u32 half = s->rest >> 1;

	(void)i;
	if (s->rest <= 1 || !image)
		return 1;
	if (read_u32(image, s->keys + (s->from + half) * 4) <= s->low)
		s->from += half;
	s->rest -= half;
	return 0;
}

static long wide_step(__u32 i, struct search *s)
{
	void *image = s->image;
	__u32 half = s->rest >> 1, offset = s->keys + (s->from + half) * 16;
	const void *page;
	const __u64 *key;

	(void)i;
	if (s->rest <= 1 || !image)
		return 1;
	page = page_of(image, offset);
	if (!page)
		return 1;
	key = page + (offset & (RULES_PAGE - 16));
	if (key[0] < s->high || (key[0] == s->high && key[1] <= s->low))
		s->from += half;
	s->rest -= half;
	return 0;
}

static __always_inline __u32 narrow_vector(void *image, const struct rules_table *table, __u32 value)
{
	struct search s = { .image = image, .low = value, .keys = table->narrow, .rest = table->narrow_count };

	bpf_loop(RULES_STEPS_MAX, narrow_step, &s, 0);
	return read_u32(image, table->narrow_vectors + s.from * 4);
}

static __always_inline __u32 wide_vector(void *image, const struct rules_table *table, __u64 high, __u64 low)
{
	struct search s = { .image = image, .high = high, .low = low, .keys = table->wide, .rest = table->wide_count };

	bpf_loop(RULES_STEPS_MAX, wide_step, &s, 0);
	return read_u32(image, table->wide_vectors + s.from * 4);
}

static __always_inline int is_mapped(const struct address *address)
{
	return !address->words[0] && !address->words[1] && address->words[2] == bpf_htonl(0xffff);
}

static __always_inline __u64 big_endian(__u32 first, __u32 second)
{
	return (__u64)bpf_ntohl(first) << 32 | bpf_ntohl(second);
}

static __always_inline __u32 address_vector(void *image, const struct rules_table *table,
					    const struct address *address)
{
	if (is_mapped(address))
		return narrow_vector(image, table, bpf_ntohl(address->words[3]));
	return wide_vector(image, table, big_endian(address->words[0], address->words[1]),
			   big_endian(address->words[2], address->words[3]));
}

/* The high word of a MAC address as a wide value: no number of 32 bits can be meant. */
#define MAC_HIGH 1

static __always_inline __u64 mac_number(const __u8 *mac)
{
	return (__u64)mac[0] << 40 | (__u64)mac[1] << 32 | (__u64)mac[2] << 24 | mac[3] << 16 | mac[4] << 8 | mac[5];
}

static __always_inline __u32 kind_of(const struct flow_key *key)
{
	return (key->protocol == IPPROTO_TCP ? 0 : key->protocol == IPPROTO_UDP ? 1 : 2) +
	       (is_mapped(&key->destination) ? 0 : 3);
}

static __always_inline const struct known_domain *known_by(void *table, const struct known_key *wanted)
{
	const struct known_domain *known = bpf_map_lookup_elem(table, wanted);

	return known && (__s64)(known->end - bpf_ktime_get_coarse_ns()) > 0 ? known : 0;
}

static __always_inline struct address known_by_mac(__u64 mac)
{
	struct address client = { { bpf_htonl(KNOWN_BY_MAC), 0, bpf_htonl(mac >> 32), bpf_htonl(mac) } };

	return client;
}

static __always_inline __u32 domain_vector(void *image, const struct rules_header *header, const struct flow_key *key)
{
	struct known_key wanted = { .client = key->source, .destination = key->destination };
	__u64 mac = mac_number(key->mac);
	const struct known_domain *known;
	__u32 zero = 0;
	void *table = bpf_map_lookup_elem(&known_domains, &zero);

	if (!table)
		return header->no_domain;
	if (key->side == SIDE_LOCAL)
		mac = 0;
	if (mac || key->side == SIDE_LOCAL)
		wanted.client = known_by_mac(mac);
	known = known_by(table, &wanted);
	if (!known && mac) {
		wanted.client = key->source;
		known = known_by(table, &wanted);
	}
	if (!known || known->domain >= DOMAINS_MAX)
		return header->no_domain;
	return read_u32(image, header->domains + known->domain * 4);
}

/* Global functions, because the verifier walks those once by themselves. */
__noinline int look_up_addresses(struct __sk_buff *skb)
{
	void *image = the_rules();
	const struct rules_header *header = header_of(image);
	struct routing *r = the_routing();

	if (!header || !image || !r || !skb)
		return 0;
	if (header->facts & 1 << FACT_DESTINATION)
		r->vectors[FACT_DESTINATION] =
			address_vector(image, &header->tables[FACT_DESTINATION], &r->facts.destination);
	if (header->facts & 1 << FACT_SOURCE)
		r->vectors[FACT_SOURCE] = address_vector(image, &header->tables[FACT_SOURCE], &r->facts.source);
	return 0;
}

#define LOOK_UP_NARROW(fact, value)                                                                \
	if (header->facts & 1 << (fact))                                                           \
	r->vectors[fact] = narrow_vector(image, &header->tables[fact], value)

__noinline int look_up_others(struct __sk_buff *skb)
{
	void *image = the_rules();
	const struct rules_header *header = header_of(image);
	struct routing *r = the_routing();

	if (!header || !image || !r || !skb)
		return 0;
	LOOK_UP_NARROW(FACT_DESTINATION_PORT, bpf_ntohs(r->facts.destination_port));
	LOOK_UP_NARROW(FACT_SOURCE_PORT, bpf_ntohs(r->facts.source_port));
	LOOK_UP_NARROW(FACT_KIND, kind_of(&r->facts));
	LOOK_UP_NARROW(FACT_DSCP, r->facts.dscp);
	if (header->facts & 1 << FACT_MAC)
		r->vectors[FACT_MAC] =
			wide_vector(image, &header->tables[FACT_MAC], MAC_HIGH, mac_number(r->facts.mac));
	if (header->facts & 1 << FACT_PROCESS)
		r->vectors[FACT_PROCESS] = wide_vector(image, &header->tables[FACT_PROCESS], r->facts.process[0],
						       r->facts.process[1]);
	if (header->facts & 1 << FACT_DOMAIN)
		r->vectors[FACT_DOMAIN] = domain_vector(image, header, &r->facts);
	return 0;
}

/* The search for the first rule. */
struct matching {
	void *image;
	__u64 hits; /* the word in which the first rule is; 0: none yet */
	__u32 at;   /* which word that is */
	__u32 must; /* a must_rules was met before */
};

static __always_inline const __u64 *block_of(void *image, const struct rules_header *header, __u32 vector, __u32 block,
					     __u32 *number)
{
	__u32 offset;
	const void *page;

	*number = read_u32(image, header->vectors + (vector * header->blocks + block) * 4);
	if (!*number)
		return 0;
	offset = header->words + *number * RULES_BLOCK_BYTES;
	page = page_of(image, offset);
	return page ? page + (offset & (RULES_PAGE - RULES_BLOCK_BYTES)) : 0;
}

#define EACH_WORD(action)                                                                          \
	do {                                                                                       \
		action(0);                                                                         \
		action(1);                                                                         \
		action(2);                                                                         \
		action(3);                                                                         \
		action(4);                                                                         \
		action(5);                                                                         \
		action(6);                                                                         \
		action(7);                                                                         \
	} while (0)

/* 512 rules at once: done with 1 if the first is among them. */
static long match_block(__u32 block, struct matching *m)
{
	void *image = m->image;
	const struct rules_header *header;
	struct routing *r = the_routing();
	__u64 h0 = ~0ULL, h1 = ~0ULL, h2 = ~0ULL, h3 = ~0ULL, h4 = ~0ULL, h5 = ~0ULL, h6 = ~0ULL, h7 = ~0ULL;
	const __u64 *words;
	__u32 number;

	if (!image || !r)
		return 1;
	header = header_of(image);
	if (!header || block >= header->blocks)
		return 1;
#pragma unroll
	for (__u32 fact = 0; fact < FACTS; fact++) {
		if (!(header->facts & 1 << fact))
			continue;
		words = block_of(image, header, r->vectors[fact], block, &number);
		if (!words)
			return 0;
#define AND(i) h##i &= words[i]
		EACH_WORD(AND);
#undef AND
	}
	words = 0;
	if (header->flags & RULES_MUST_RULES)
		words = block_of(image, header, header->must_rules, block, &number);
#define JUDGE(i)                                                                                   \
	do {                                                                                       \
		__u64 passing = words ? words[i] & h##i : 0;                                       \
		__u64 deciding = h##i & ~passing;                                                  \
		if (deciding) {                                                                    \
			m->must |= (passing & ((deciding & -deciding) - 1)) != 0;                  \
			m->hits = deciding;                                                        \
			m->at = block * (RULES_BLOCK / 64) + (i);                                  \
			return 1;                                                                  \
		}                                                                                  \
		m->must |= passing != 0;                                                           \
	} while (0)
	EACH_WORD(JUDGE);
#undef JUDGE
	return 0;
}

/* Where the lowest bit is. The value is not 0. */
static __always_inline __u32 lowest_bit(__u64 value)
{
	__u64 bit = value & -value;

	return is_set(bit & 0xffffffff00000000ULL) << 5 | is_set(bit & 0xffff0000ffff0000ULL) << 4 |
	       is_set(bit & 0xff00ff00ff00ff00ULL) << 3 | is_set(bit & 0xf0f0f0f0f0f0f0f0ULL) << 2 |
	       is_set(bit & 0xccccccccccccccccULL) << 1 | is_set(bit & 0xaaaaaaaaaaaaaaaaULL);
}

/* Which rule: of the vectors looked up to the flow, which it fills but for the generation. */
__noinline int first_rule(struct __sk_buff *skb)
{
	struct matching m = { .image = the_rules() };
	void *image = m.image;
	const struct rules_header *header = header_of(image);
	struct routing *r = the_routing();
	const void *page;
	__u32 offset;

	if (!header || !image || !r || !skb)
		return 0;
	bpf_loop(RULES_BLOCKS_MAX, match_block, &m, 0);
	r->flow.rule = m.hits ? m.at * 64 + lowest_bit(m.hits) : header->rules;
	offset = header->verdicts + r->flow.rule * sizeof(struct verdict);
	page = page_of(image, offset);
	if (!page)
		return 0;
	r->flow.verdict = *(const struct verdict *)(page + (offset & (RULES_PAGE - sizeof(struct verdict))));
	if (m.must)
		r->flow.verdict.flags |= VERDICT_MUST;
	return 1;
}

#endif
