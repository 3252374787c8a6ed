/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * The rules of `routing` as user space writes them for the kernel; mirrored by dev.gander.intercept.RulesImage.
 * Everything lies in one array of pages, which is replaced whole: docs/ROUTING.md. Offsets are bytes from its start.
 */
#ifndef GANDER_RULES_H
#define GANDER_RULES_H

#include <linux/types.h>

#include "shared.h"

#define RULES_PAGE 4096
#define RULES_PAGE_SHIFT 12
/* Rules in a vector's block, and its bytes: 8 words. */
#define RULES_BLOCK 512
#define RULES_BLOCK_BYTES 64
#define RULES_BLOCKS_MAX 20
/* Steps of a search: a table has fewer entries than 2 to this. */
#define RULES_STEPS_MAX 24
/* Names whose vectors `known_domains` may name. */
#define DOMAINS_MAX 65536

/* What rules ask. Of each a table says which vector a value has. */
#define FACT_DESTINATION 0
#define FACT_SOURCE 1
#define FACT_DESTINATION_PORT 2
#define FACT_SOURCE_PORT 3
#define FACT_KIND 4 /* TCP, UDP over IPv4; from 3 on over IPv6 */
#define FACT_DSCP 5
#define FACT_MAC 6
#define FACT_PROCESS 7
#define FACT_DOMAIN 8
#define FACTS 9

#define RULES_MUST_RULES 1 /* there are some */
#define RULES_REJECT 2	   /* what is blocked is told so */
#define RULES_QUERIES 4	   /* a rule may decide a query for good */
#define RULES_BLOCKING 8   /* a rule blocks */

#define OUTBOUND_DIRECT 0
#define OUTBOUND_BLOCK 1
/* and groups from here on */
#define OUTBOUND_GROUP 2

/* verdict.flags */
#define VERDICT_MUST 1

/* Values in ascending order, the first is the least there is, each up to the next with one vector. Narrow: of 32 bits;
 * wide: of 128, two words, the high one first. IPv4 addresses and small numbers are narrow. */
struct rules_table {
	__u32 narrow, narrow_vectors, narrow_count;
	__u32 wide, wide_vectors, wide_count;
};

struct verdict {
	__u32 mark;
	__u8 outbound;
	__u8 flags;
	__u16 zero;
};

/* At the start of the first page. */
struct rules_header {
	__u32 generation; /* of these rules, never 0 or FLOW_INBOUND */
	__u32 rules;	  /* how many; the fallback's verdict is behind theirs */
	__u32 blocks;	  /* of a vector */
	__u32 facts;	  /* a bit for each that is asked */
	__u32 flags;
	__u32 must_rules; /* vector of these */
	__u32 vectors;	  /* a __u32 for each block of each vector: number of the block; 0 is without rules */
	__u32 words;	  /* the blocks */
	__u32 verdicts;
	__u32 no_domain;  /* vector of flows whose domain is not known */
	__u32 domains;	  /* a __u32 for each name's number: its vector */
	__u32 numbering;  /* whose numbers those are: another process has others */
	struct rules_table tables[FACTS - 1];
};

/* Stands for the generation of a TCP flow that began outside: its packets are answers and pass. */
#define FLOW_INBOUND 0xffffffffU

/* A flow, or of UDP without rules on ports and domains many that get one verdict: what no rule asks is 0. */
struct flow_key {
	struct address source, destination;
	__be16 source_port, destination_port;
	__u8 protocol, dscp;
	__u8 mac[6];
	__u32 side;	  /* SIDE_LAN, or SIDE_LOCAL for what programs of this machine sent */
	__u64 process[2]; /* its name, not its id, which has many owners: the first byte highest; 0: not known */
};

struct flow {
	__u32 generation;
	__u32 rule;
	struct verdict verdict;
};

/* Who has learnt that an address belongs to a name. A client is its MAC address, in the last 6 bytes behind a first
 * byte that makes it nobody's address, so that names asked for over one family are known for the other too; or its
 * address, where no MAC address is known to whoever was asked: that counts only where nothing is known of the MAC
 * address. Programs of this machine are one client, with the MAC address 0: what one of them asks is often asked for
 * another, as by a stub. */
#define KNOWN_BY_MAC 0xff000000U
/* Clients use an address longer than its TTL says; browsers for a minute and more. */
#define KNOWN_LINGER_NS 120000000000ULL
/* What is known is not written again before its end has moved by this. */
#define KNOWN_RENEW_NS 10000000000ULL
struct known_key {
	struct address client, destination;
};

struct known_domain {
	__u64 end; /* CLOCK_MONOTONIC ns */
	__u32 domain; /* below DOMAINS_MAX */
	__u32 zero;
};

#endif
