/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Clients behind links without Ethernet headers: WireGuard, tun, PPP, IP tunnels. Loaded when such a LAN interface is
 * first there; shares the maps of intercept.bpf.c, whose programs on the pair it needs.
 *
 * A packet gets an Ethernet header where it is handed over or refused, and not before: what is left alone, and what is
 * answered here, needs none. It is of zeros, and so are the addresses in its sender's identity; the kernel takes it off
 * where a reply leaves by such a link.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "lan.h"

/* Every packet that arrives on a LAN interface of that kind. */
SEC("tc")
int lan_ingress_l3(struct __sk_buff *skb)
{
	return arrive(skb, 0);
}

char _license[] SEC("license") = "Dual BSD/GPL";
