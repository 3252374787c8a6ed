/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * What nearly all packets show at first sight, where it lies in the frame: that they are no DNS, and that they are like
 * one that was let by a moment ago. Nothing is copied, and nothing called: on machines with safe returns a call costs
 * 5 ns, of helpers too. What does not show it here is parsed and judged as ever.
 */
#ifndef GANDER_SIGHT_H
#define GANDER_SIGHT_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "flows.h"
#include "leak.h"
#include "maps.h"
#include "parse.h"
#include "process.h"
#include "redirect.h"
#include "shared.h"
#include "traffic.h"

/* What an IP packet lies at is a multiple of four where that matters to the processor (NET_IP_ALIGN). */
#define LIES_ALIGNED __attribute__((packed, aligned(4)))

/* The first bytes of TCP, of which UDP has the ports. */
struct plain_head {
	union {
		struct ports ports;
		__u32 both;
	};
	__be32 numbers[2];
	__u8 length, flags;
} LIES_ALIGNED;

/* Without IP options or extension headers. */
struct plain_ipv4 {
	struct iphdr ip;
	struct plain_head head;
} LIES_ALIGNED;

struct plain_ipv6 {
	struct ipv6hdr ip;
	struct plain_head head;
} LIES_ALIGNED;

#define IPV4_WITHOUT_OPTIONS 0x45 /* version and length */

static __always_inline int is_judged_protocol(__u8 protocol)
{
	return protocol == IPPROTO_UDP || protocol == IPPROTO_TCP;
}

/* Null if it is something else, or in fragments. */
static __always_inline const struct plain_ipv4 *plain_ipv4(struct __sk_buff *skb, __u32 offset)
{
	const struct plain_ipv4 *packet = (void *)(long)skb->data + offset;

	if (RARELY(skb->protocol != bpf_htons(ETH_P_IP)) || RARELY((void *)(packet + 1) > (void *)(long)skb->data_end))
		return 0;
	if (RARELY(*(const __u8 *)packet != IPV4_WITHOUT_OPTIONS ||
		   (packet->ip.frag_off & bpf_htons(IPV4_FRAGMENT)) || !is_judged_protocol(packet->ip.protocol)))
		return 0;
	return packet;
}

static __always_inline const struct plain_ipv6 *plain_ipv6(struct __sk_buff *skb, __u32 offset)
{
	const struct plain_ipv6 *packet = (void *)(long)skb->data + offset;

	if (skb->protocol != bpf_htons(ETH_P_IPV6) || (void *)(packet + 1) > (void *)(long)skb->data_end ||
	    packet->ip.version != 6 || !is_judged_protocol(packet->ip.nexthdr))
		return 0;
	return packet;
}

/* The port that a packet is for; 0 if it does not show it. */
static __always_inline __be16 plain_port(struct __sk_buff *skb, __u32 offset)
{
	const struct plain_ipv4 *ipv4 = plain_ipv4(skb, offset);
	const struct plain_ipv6 *ipv6;

	if (ipv4)
		return ipv4->head.ports.destination;
	ipv6 = plain_ipv6(skb, offset);
	return ipv6 ? ipv6->head.ports.destination : 0;
}

/* What differs between who sent a frame and whom the recent one is of; 0 if nothing does. */
static __always_inline __u32 other_sender(struct __sk_buff *skb, __u32 offset, const struct sender *known)
{
	const struct ethhdr *frame = (void *)(long)skb->data;
	const struct sender *sender = (const void *)frame->h_source;

	if (!offset)
		return known->first | known->last;
	if (RARELY((void *)(frame + 1) > (void *)(long)skb->data_end))
		return 1;
	return (known->first ^ sender->first) | (known->last ^ sender->last);
}

/* Asked only where it matters: to find the process costs as much as all else here. */
static __always_inline int is_of_process(const __u64 *known, struct __sk_buff *skb)
{
	const struct process *process = process_of(skb);
	const __u64 *name = process ? (const void *)process->name : 0;

	return name && known[0] == bpf_be64_to_cpu(name[0]) && known[1] == bpf_be64_to_cpu(name[1]);
}

/* No DNS; and without rules there is nothing more to know. The first segment of a connection is judged anew. */
static __always_inline int judge_head(const struct plain_head *head, __u8 protocol)
{
	if (RARELY(is_dns_port(head->ports.destination) ||
		   (terms.rules && protocol == IPPROTO_TCP && (head->flags & TCP_SYN))))
		return GOES_UP;
	return LEAVE_ALONE;
}

/*
 * By the recent one that is like the packet, under the rules in force, if it has not been used too often. `addresses`: so
 * many words of the packet. All is compared in one go: it hardly ever differs.
 */
static __always_inline int judge_by_recent(struct __sk_buff *skb, __u32 offset, const __u32 *addresses, __u32 words,
					   __u32 ports, __u32 facts, __u32 side, __u32 generation)
{
	__u32 place = recent_place(addresses[words / 2 - 1], addresses[words - 1], ports), other;
	struct recents *recents = the_recents();
	struct recent *recent;

	if (RARELY(!recents))
		return GOES_UP;
	recent = &recents->of[place];
	other = (recent->ports ^ ports) | (recent->facts ^ facts) | (recent->generation ^ generation);
#pragma unroll
	for (__u32 word = 0; word < words; word++)
		other |= recent->addresses[word] ^ addresses[word];
	other |= other_sender(skb, offset, &recent->sender);
	if (RARELY(other || !recent->uses))
		return GOES_UP;
	if (side == SIDE_LOCAL && !recent->anybody && !is_of_process(recents->processes[place], skb))
		return GOES_UP;
	recent->uses--;
	return recent->must ? PASSES_BY_RULE : LEAVE_ALONE;
}

static __always_inline int judge_ipv4(struct __sk_buff *skb, __u32 offset, const struct plain_ipv4 *packet, __u32 side)
{
	int verdict = judge_head(&packet->head, packet->ip.protocol);

	if (verdict == GOES_UP || !terms.rules)
		return verdict;
	return judge_by_recent(skb, offset, &packet->ip.saddr, 2, packet->head.both,
			       small_facts(packet->ip.protocol, packet->ip.tos >> 2, side, 0), side, terms.rules);
}

static __always_inline int judge_ipv6(struct __sk_buff *skb, __u32 offset, const struct plain_ipv6 *packet, __u32 side)
{
	__u8 dscp = (packet->ip.priority << 2 | packet->ip.flow_lbl[0] >> 6) & 0x3f;
	int verdict = judge_head(&packet->head, packet->ip.nexthdr);

	if (verdict == GOES_UP || !terms.rules)
		return verdict;
	return judge_by_recent(skb, offset, packet->ip.saddr.in6_u.u6_addr32, RECENT_WORDS, packet->head.both,
			       small_facts(packet->ip.nexthdr, dscp, side, 1), side, terms.rules);
}

/*
 * LEAVE_ALONE or PASSES_BY_RULE for a packet that is no DNS and no leak, and that no rule asks about or that is like one
 * which was let by a moment ago; else GOES_UP. `offset`: bytes of the link's header, ETH_HLEN or 0.
 */
static __always_inline int judge_at_sight(struct __sk_buff *skb, __u32 offset, __u32 side)
{
	const struct plain_ipv4 *ipv4;
	const struct plain_ipv6 *ipv6;

	ipv4 = plain_ipv4(skb, offset);
	if (ipv4)
		return judge_ipv4(skb, offset, ipv4, side);
	ipv6 = plain_ipv6(skb, offset);
	return ipv6 ? judge_ipv6(skb, offset, ipv6, side) : GOES_UP;
}

#endif
