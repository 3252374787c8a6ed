/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Everything both halves must agree on: mirrored by dev.gander.intercept.Wire and .Counter, and held
 * against this file's BTF by SharedStructTest.
 */
#ifndef GANDER_SHARED_H
#define GANDER_SHARED_H

#include <linux/types.h>

/*
 * The identity word: what crosses from LAN to listener in a frame's source MAC, then in skb->mark, and
 * back again with the reply.
 *   bits  0-15  identity id: index into `identities`; 0 means none
 *   bits 16-21  DSCP of the packet
 *   bits 22-26  reserved, 0
 *   bit  27     TPROXY_MARK: deliver locally. Set on the way in, never on the way out.
 */
#define IDENTITY_MASK 0x0000ffffU
#define WORD_DSCP_SHIFT 16
#define WORD_MASK 0x07ffffffU
#define TPROXY_MARK 0x08000000U

/* Array slots, which an id of 16 bits can name. */
#define IDENTITIES 65536
/* Sockets per family in `listen_sockets`: IPv4 from 0, IPv6 from LISTENERS_MAX. */
#define LISTENERS_MAX 16
#define VLAN_TAGS_MAX 2
#define LOCAL_ADDRESSES_MAX 16384
#define LOCAL_FILTER_WORDS 64
#define HANDOFFS_MAX 65536
/* Says in the place of an index into `listen_sockets` that the stack finds the socket. */
#define TCP_LISTENER 32

/* A slot unused for this long may be given to another identity; longer than any query lives. */
#define IDENTITY_HOLD_NS 10000000000ULL
/* last_seen is brought up to date no oftener than this, so that a busy slot is not written per query. */
#define IDENTITY_TOUCH_NS 1000000000ULL

/* A VLAN tag as it stood in the frame; proto 0 means there was none. */
struct vlan_tag {
	__be16 proto;
	__u16 tci; /* host order */
};

#define PROCESS_NAME 16

/* A process of this machine, kept with each socket that it makes or uses. */
struct process {
	__u32 pid; /* of the thread group, as the kernel's first PID namespace counts */
	__u32 uid;
	__u64 cgroup;
	char name[PROCESS_NAME]; /* of the file in its command, at most 15 bytes */
	__u64 program; /* a number that is another one as soon as the process is another program */
};

/* identity_key.side: a reply leaves by the interface, or goes into the stack as if it had come in there. */
#define SIDE_LAN 0
#define SIDE_LOCAL 1

/* Who asked, and what a reply needs to leave as the query came: 64 bytes without padding, hashed as they are. */
struct identity_key {
	__u32 ifindex;
	__u8 router_mac[6]; /* destination of the query's frame */
	__u8 client_mac[6]; /* source of the query's frame */
	struct vlan_tag tags[VLAN_TAGS_MAX]; /* outermost first */
	__u32 side;
	/* SIDE_LOCAL; zero if the socket is older than the programs */
	__u32 pid;
	__u64 cgroup;
	char process[PROCESS_NAME];
	__u32 uid;
	__u32 zero;
};

struct identity {
	struct identity_key key;
	__u64 last_seen; /* CLOCK_MONOTONIC_COARSE ns; 0 never used, 1 being written */
};

/* Network order; IPv4 as ::ffff:a.b.c.d. */
struct address {
	__u32 words[4];
};

/* Of this machine's addresses each sets a bit, by local_bit(): most that are asked are known at once not to be one. */
struct local_filter {
	__u64 words[LOCAL_FILTER_WORDS];
};

/* Client address and port -> identity word: of TCP connections, and before 5.19, where recvmsg does not tell it, of
 * UDP queries. */
struct client_key {
	struct address address;
	__be16 port;
	__u16 zero;
};

/*
 * terms.flags: clients' questions to addresses of this machine are taken, too; leaks are counted; and stopped; and
 * `doh_addresses` holds some.
 */
#define TERMS_HIJACK_LOCAL 1
#define TERMS_LEAK_COUNT 2
#define TERMS_LEAK_BLOCK 4
#define TERMS_LEAK_DOH 8

/* What the daemon says while the programs run; mapped into it. */
struct terms {
	__u64 namespace; /* cookie of the one we work in: sockets of others are not noted */
	__u32 own_pid;	 /* the daemon, as struct process counts */
	__u32 own_mark;	 /* of its sockets that are older than the programs */
	__u32 flags;
	__u32 rules; /* generation of those in force, a moment behind them */
};

/* Packets of one sender to one address that might be DNS and went around gander. */
#define LEAKS_MAX 4096
#define DOH_ADDRESSES_MAX 4096
struct leak_key {
	struct address source, asked;
	__u32 ifindex;
	__u32 pid; /* 0: forwarded, or unknown */
	__be16 port; /* 0: hidden behind extension headers */
	__u8 protocol;
	__u8 zero[5];
};

struct leak {
	__u64 packets, blocked;
	__u64 last_seen; /* CLOCK_MONOTONIC_COARSE ns */
	__u64 cgroup;
	__u32 uid;
	char process[PROCESS_NAME];
	__u8 mac[6];
	__u8 zero[6];
};

/* Set before load, read-only afterwards: the verifier removes what they switch off. The whole of .rodata. */
struct settings {
	__u32 dae0_ifindex;
	__u32 listeners_per_family; /* 1 to LISTENERS_MAX */
	__u32 redirect_peer;	    /* bpf_redirect_peer may be used */
	__u32 mark_in_recvmsg;	    /* the kernel has SO_RCVMARK; else `handoffs` is written for UDP too */
	__u32 namespace_id;	    /* of the listeners, as the host's namespace numbers it */
};

/* One answered query, for the query log. */
struct sample {
	__u64 time; /* CLOCK_MONOTONIC ns */
	struct address client, asked;
	__u32 ifindex;
	__u16 type;
	__u16 outcome; /* enum counter */
	__be16 port;
	__u8 name_length;
	__u8 dscp;
	__u32 pid; /* 0: another machine's, or unknown */
	char process[PROCESS_NAME];
	__u8 mac[6];
	__u16 vlan; /* id of 12 bits; 0: untagged */
	__u32 uid;
	__u32 zero;
	__u64 cgroup;
	__u8 name[256]; /* as the client spelled it */
};

/*
 * Answers in the kernel: docs/KERNEL-ANSWERS.md. The next start adopts the maps of a dead process if they are of
 * this layout: raise it with any change of what follows, down to the counters. SharedStructTest insists.
 */
#define ANSWERS_LAYOUT 7
#define ANSWER_BYTES_SMALL 256
#define ANSWER_BYTES_LARGE 2048
/* Readable behind the last byte, so that a word may be read at any of them; and makes an entry of whole cache lines. */
#define ANSWER_SLACK 32
#define ANSWERS_MAX 131072
#define ANSWER_TTLS_MAX 32
#define REPLY_MAX 1232
/* OPT of a stale answer ends within the room also where it is taken for this long: two bounds for the verifier. */
#define STALE_OPT_SHORT 32
#define STALE_OPT_MAX 128
/* answer.how and the key */
#define HOW_DNSSEC_OK 1
#define HOW_CHECKING_DISABLED 2
/* answer.kind */
#define KIND_CONSTANT 1
#define KIND_NEGATIVE 2
/* control.flags */
#define CONTROL_ASIS 1
#define CONTROL_BY_ADDRESS 2
#define CONTROL_BY_MAC 4
#define CONTROL_BY_INTERFACE 8
#define CONTROL_BLOCKED 16
#define CONTROL_BY_PROCESS 32
/* Somebody listens for queries of this family while the daemon lives. */
#define CONTROL_IPV4 64
#define CONTROL_IPV6 128
#define CONTROL_BY_DSCP 256
#define CONTROL_BY_VLAN 512
#define CONTROL_BY_USER 1024
#define CONTROL_BY_CGROUP 2048
#define CONTROL_OF_PROCESS (CONTROL_BY_PROCESS | CONTROL_BY_USER | CONTROL_BY_CGROUP)
#define CONTROL_CLASSES                                                                            \
	(CONTROL_BY_ADDRESS | CONTROL_BY_MAC | CONTROL_BY_INTERFACE | CONTROL_BY_DSCP |            \
	 CONTROL_BY_VLAN | CONTROL_OF_PROCESS)
/* The daemon is alive if it said so within this time; beats come each second. */
#define ALIVE_NS 3000000000ULL
/* Between two queries that go up to refresh one answer. */
#define REFRESH_EVERY_SECONDS 5
#define TYPE_LIMITS_MAX 16
#define CLASSES_MAX 4096
/* To A, to AAAA, to every other type; then the same with DO. */
#define REJECTS 6
#define REJECTS_DNSSEC_OK 3
/* A slot of a bucket: hash in the upper 48 bits, below it whether the name itself or names below it are meant,
 * 13 bits of rule index, and whether that rule rejects. 0 is free. */
#define BLOCKED_BUCKET 8
#define BLOCKED_PROBES 8
#define BLOCKED_ITSELF 0x8000
#define BLOCKED_BELOW 0x4000
#define BLOCKED_RULE 0x3fff
#define NO_LIMIT 0xffff

/* One answer, without the room behind it. Not written while the index names its place. */
struct answer {
	__u32 generation;
	__u16 type;
	__u8 how;
	__u8 kind;
	__u64 client; /* class */
	struct address asked; /* zero where the answer does not depend on it */
	__u64 stored, end, stale_end; /* CLOCK_MONOTONIC ns; stale_end = end: never stale */
	__u16 flags; /* of the DNS header: AA, AD and the response code */
	__u16 answers, authorities, additional;
	__u8 name_length;
	__u8 ttl_count;
	/* In the room, the records first, OPT right behind them, then in any order the name in lower case, padded to 8
	 * bytes; where in the records the TTLs are; OPT if stale. */
	__u16 ttls_at, name_at;
	__u16 records_length;
	__u16 opt_length;
	__u16 stale_opt_at, stale_opt_length;
	__u16 used; /* bytes of room, a multiple of 32 */
	/* Ones'-complement sums, as if each began at an even offset; OPT's as if the records had an even length */
	__u16 records_sum, opt_sum, stale_opt_sum;
	/* The number of the name that its clients know its addresses by from then on, and whose numbering that is (0: it
	 * teaches nothing); until when the number is kept for it, in seconds of CLOCK_MONOTONIC. */
	__u16 domain;
	__u32 numbering;
	__u32 lesson_end;
};

struct answer_small {
	struct answer head;
	__u8 room[ANSWER_BYTES_SMALL + ANSWER_SLACK];
};

struct answer_large {
	struct answer head;
	__u8 room[ANSWER_BYTES_LARGE + ANSWER_SLACK];
};

/*
 * A line of the index, which holds up to five answers: those whose key names this line, or the other line that a key may
 * be in. A word is one answer: the key's upper bits are its tag; then the version, which is another each time a word is
 * written, so that a reader knows that the answer lay there all the while; then the place of a large answer, counted from
 * 1, and the flag; a small one lies in the line itself. A word of 0 is free. Written by user space only.
 */
#define WAYS 5
#define TAG_SHIFT 40
#define VERSION_SHIFT 20
#define PLACE_LARGE 0x80000
/* A usage: in the lower half how often the answer was given since the daemon last looked, up to about HITS_MAX; in the
 * upper half the second (CLOCK_MONOTONIC_COARSE) in which a query last went up to refresh it. */
#define HITS_MASK 0xffff
#define HITS_MAX 0xf000
#define REFRESHED_SHIFT 16
/*
 * Half a page of memory, so that what a query needs lies in one page: to find out where a page lies costs as much as
 * three lines of it. In the first cache line is the index.
 */
struct answers_line {
	__u64 words[WAYS];
	__u32 usages[WAYS];
	__u32 zero[17];
	struct answer_small answers[WAYS];
};

/* What a class map says of a client. */
struct part {
	__u64 bits;  /* of the class; no other map sets these */
	__u32 limit; /* only blocking rules before this one hold */
	__u32 zero;
};

/* What rules ask that is a number of 32 bits. */
#define CLASS_INTERFACE 0
#define CLASS_DSCP 1
#define CLASS_VLAN 2
#define CLASS_USER 3
struct class_number {
	__u32 fact, value;
};

struct prefix {
	__u32 length; /* in bits */
	struct address address;
};

struct type_limit {
	__u16 type;
	__u16 limit;
};

/*
 * Mapped into the daemon. Everything but `generation` and `heartbeat` changes only while `generation` is 0. What each
 * query needs is in the first cache line.
 */
struct control {
	__u32 generation; /* whose answers are given; 0: none */
	__u32 flags;
	__u64 seeds[3];
	__u64 heartbeat; /* CLOCK_MONOTONIC ns; the daemon was alive then */
	__u64 keep_for;	 /* ns after it that answers are given without a listener; 0: not at all */
	__u32 index_lines;
	__u32 sample; /* one of so many answered queries is told; 0: none */
	__u32 stale_ttl;
	__u32 type_limits_count;
	__u64 policy;	 /* the daemon's own: what configuration the answers are of */
	__u32 blocked_mask; /* buckets - 1 */
	__u32 blocked_labels; /* of the longest blocked name */
	__u32 last_generation; /* the one that answers in the maps may be of, also while `generation` is 0 */
	__u32 zero;
	struct type_limit type_limits[TYPE_LIMITS_MAX];
};

/* Index into `counters`. docs/DATAPATH.md says what each rule means. */
enum counter {
	QUERIES,	     /* handed over to a listener's namespace */
	REPLIES,	     /* sent out of the interface the query came from */
	PASSED_NO_LISTENER,  /* nobody listens: fail open */
	PASSED_LOCAL_SERVICE, /* asked an address of this machine, where a socket answers */
	PASSED_NOT_FOR_US,   /* link-layer broadcast, multicast or another host's frame */
	PASSED_FRAGMENT,     /* first fragment of a query */
	PASSED_EXTENSIONS,   /* more IPv6 extension headers than are followed */
	PASSED_VLAN_DEPTH,   /* more VLAN tags than are restored */
	DROPPED_MALFORMED,   /* port 53, but shorter than UDP and DNS headers, or lengths disagree */
	DROPPED_IDENTITIES_FULL, /* every tried slot in use within IDENTITY_HOLD_NS */
	DROPPED_HANDOVER,    /* the frame could not be rewritten for the crossing */
	DROPPED_NO_SOCKET,   /* the listener went away while the frame crossed */
	DROPPED_FOREIGN,     /* a frame on the pair that is not ours */
	DROPPED_NO_IDENTITY, /* a reply whose word names no identity */
	DROPPED_REPLY,	     /* the reply's frame could not be rewritten */
	IDENTITIES_NEW,	     /* slots given out */
	KERNEL_FRESH,	     /* answered here: an answer with data */
	KERNEL_NEGATIVE,     /* the same, no such name or no such type */
	KERNEL_STALE,	     /* past its end, within the window, with the mark of stale answers */
	KERNEL_BLOCKED,	     /* rejected by a rule of `blocked` */
	KERNEL_ABSENT,	     /* went up: no answer for this key, or another generation's */
	KERNEL_ENDED,	     /* the answer's time is over */
	KERNEL_REFRESH,	     /* one query in the last tenth of the TTL, or of a stale answer */
	KERNEL_TORN,	     /* the entry was replaced while it was copied */
	KERNEL_LARGE,	     /* the answer is larger than the client takes */
	KERNEL_MTU,	     /* or than the interface does */
	KERNEL_UNTAUGHT,     /* went up: the number of its name is not kept for it any more, or another process's */
	KERNEL_TAUGHT,	     /* addresses that answers from here taught a client the name of */
	KERNEL_ODD_FRAME,    /* IP options, extension headers, segments, an address nobody can be answered at */
	KERNEL_ODD_CHECKSUM, /* a checksum that does not hold */
	KERNEL_ODD_HEADER,   /* flags beside RD, AD, CD; no RD; other than one question */
	KERNEL_ODD_NAME,     /* a label or the name too long, or compressed */
	KERNEL_ODD_TYPE,     /* a type only messages have, or a class that is not IN */
	KERNEL_ODD_OPT,	     /* EDNS options, another version, unknown flags, or anything behind the question */
	DROPPED_ANSWER,	     /* the frame could not be rewritten */
	TCP_SEGMENTS,	     /* handed over to the listener's namespace */
	PASSED_TCP,	     /* of no connection of ours, and not the start of one */
	PASSED_MUST,	     /* a must_ rule lets the query by */
	ROUTE_DECIDED,	     /* the rules were asked: the first packet of a flow, or of new rules */
	ROUTE_MARKED,	     /* direct(mark: N) */
	ROUTED_TO_GROUP,     /* passed: nothing relays it yet */
	ROUTE_REJECTED,	     /* blocked, and its sender told so */
	ROUTE_DROPPED,	     /* blocked in silence */
	LOCAL_TAKEN,	     /* of those handed over: of programs of this machine */
	PASSED_OWN,	     /* sent by the daemon itself */
	LEAKS,		     /* went around gander; `leaks` tells who sent them */
	LEAKS_BLOCKED,	     /* of those, the ones that were stopped */
	COUNTERS
};

#endif
