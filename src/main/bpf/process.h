/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Which program of this machine sent a packet: its socket knows. */
#ifndef GANDER_PROCESS_H
#define GANDER_PROCESS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "maps.h"
#include "shared.h"

/* 0 for what is forwarded, and for sockets older than the programs that were not used for sending to an address. */
static __always_inline const struct process *process_of(struct __sk_buff *skb)
{
	struct bpf_sock *socket = skb->sk;

	return socket ? bpf_sk_storage_get(&processes, socket, 0, 0) : 0;
}

/* The daemon's own packet. The mark alone says so only where the process is not known: others may use it too. */
static __always_inline int is_own(struct __sk_buff *skb, const struct process *process)
{
	/* Read at once: clang 14 would make a pointer into skb of it, which the verifier refuses. */
	__u32 mark = *(volatile __u32 *)&skb->mark;

	if (process)
		return process->pid == terms.own_pid;
	return skb->sk && terms.own_mark && mark == terms.own_mark;
}

#endif
