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
 *   bits 16-25  verdict id: which routing decision was made; 0 until rules run in the kernel
 *   bit  26     reserved, 0
 *   bit  27     TPROXY_MARK: deliver locally. Set on the way in, never on the way out.
 */
#define IDENTITY_MASK 0x0000ffffU
#define WORD_MASK 0x07ffffffU
#define TPROXY_MARK 0x08000000U

/* Array slots, which an id of 16 bits can name. */
#define IDENTITIES 65536
/* Sockets per family in `listen_sockets`: IPv4 from 0, IPv6 from LISTENERS_MAX. */
#define LISTENERS_MAX 16
#define VLAN_TAGS_MAX 2
#define LOCAL_ADDRESSES_MAX 16384
#define HANDOFFS_MAX 65536

/* A slot unused for this long may be given to another identity; longer than any query lives. */
#define IDENTITY_HOLD_NS 10000000000ULL
/* last_seen is brought up to date no oftener than this, so that a busy slot is not written per query. */
#define IDENTITY_TOUCH_NS 1000000000ULL

/* A VLAN tag as it stood in the frame; proto 0 means there was none. */
struct vlan_tag {
	__be16 proto;
	__u16 tci; /* host order */
};

/* What a reply needs to leave as the query came: 24 bytes without padding, hashed as they are. */
struct identity_key {
	__u32 ifindex;
	__u8 router_mac[6]; /* destination of the query's frame */
	__u8 client_mac[6]; /* source of the query's frame */
	struct vlan_tag tags[VLAN_TAGS_MAX]; /* outermost first */
};

struct identity {
	struct identity_key key;
	__u64 last_seen; /* CLOCK_MONOTONIC_COARSE ns; 0 never used, 1 being written */
};

/* Network order; IPv4 as ::ffff:a.b.c.d. */
struct address {
	__u32 words[4];
};

/* Kernels before 5.19 cannot tell recvmsg the mark: there, client address and port -> identity word. */
struct client_key {
	struct address address;
	__be16 port;
	__u16 zero;
};

/* Set before load, read-only afterwards: the verifier removes what they switch off. The whole of .rodata. */
struct settings {
	__u32 dae0_ifindex;
	__u32 listeners_per_family; /* 1 to LISTENERS_MAX */
	__u32 redirect_peer;	    /* bpf_redirect_peer may be used */
	__u32 mark_in_recvmsg;	    /* the kernel has SO_RCVMARK; else `handoffs` is written */
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
	COUNTERS
};

#endif
