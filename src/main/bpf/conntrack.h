/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Whether a datagram answers one that came from outside: the kernel's connection tracking knows, where it is in use
 * (as with any NAT) and may be asked, from Linux 6.0 on. Only objects that are built with CONNTRACK ask, because such
 * an object does not load where the kernel lacks the function.
 */
#ifndef GANDER_CONNTRACK_H
#define GANDER_CONNTRACK_H

#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_helpers.h>

#include "parse.h"
#include "redirect.h"

#ifdef CONNTRACK

/* The kernel's, in its first form, which later ones take too. */
struct bpf_ct_opts {
	__s32 netns_id, error;
	__u8 l4proto;
	__u8 dir; /* of the packet, set by the look-up; 0: that of the connection's first */
	__u8 reserved[2];
};

/* Opaque; but its kind is compared. */
struct nf_conn {
	unsigned long status;
};

extern struct nf_conn *bpf_skb_ct_lookup(struct __sk_buff *skb, struct bpf_sock_tuple *tuple, __u32 tuple_size,
					 struct bpf_ct_opts *opts, __u32 opts_size) __ksym;
extern void bpf_ct_release(struct nf_conn *connection) __ksym;

/* TCP needs none of this: there a SYN-ACK tells. */
static __always_inline int answers_outside(struct __sk_buff *skb, const struct query *query)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_ct_opts opts = {};
	struct nf_conn *connection;

	if (query->protocol != IPPROTO_UDP)
		return 0;
	/* Not above: clang would copy it from .rodata, which is the settings' alone. */
	opts.netns_id = BPF_F_CURRENT_NETNS;
	opts.l4proto = IPPROTO_UDP;
	/* Constant sizes, which the verifier wants. */
	if (tuple_of(query, &tuple) == sizeof(tuple.ipv6))
		connection = bpf_skb_ct_lookup(skb, &tuple, sizeof(tuple.ipv6), &opts, sizeof(opts));
	else
		connection = bpf_skb_ct_lookup(skb, &tuple, sizeof(tuple.ipv4), &opts, sizeof(opts));
	if (!connection)
		return 0;
	bpf_ct_release(connection);
	return opts.dir != 0;
}

#else

static __always_inline int answers_outside(struct __sk_buff *skb, const struct query *query)
{
	(void)skb;
	(void)query;
	return 0;
}

#endif

#endif
