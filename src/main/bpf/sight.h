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

/* The first bytes of TCP, of which UDP has the ports. */
struct plain_head {
	struct ports ports;
	__be32 numbers[2];
	__u8 length, flags;
} __attribute__((packed));

/* Without IP options or extension headers. */
struct plain_ipv4 {
	struct iphdr ip;
	struct plain_head head;
} __attribute__((packed));

struct plain_ipv6 {
	struct ipv6hdr ip;
	struct plain_head head;
} __attribute__((packed));

static __always_inline int is_judged_protocol(__u8 protocol)
{
	return protocol == IPPROTO_UDP || protocol == IPPROTO_TCP;
}

/* Null if it is something else, or in fragments. */
static __always_inline const struct plain_ipv4 *plain_ipv4(struct __sk_buff *skb, __u32 offset)
{
	const struct plain_ipv4 *packet = (void *)(long)skb->data + offset;

	if (skb->protocol != bpf_htons(ETH_P_IP) || (void *)(packet + 1) > (void *)(long)skb->data_end ||
	    packet->ip.version != 4 || packet->ip.ihl != 5 || (packet->ip.frag_off & bpf_htons(IPV4_FRAGMENT)) ||
	    !is_judged_protocol(packet->ip.protocol))
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

/* Whether the recent one was under these rules, and has not been used too often. */
static __always_inline int is_in_force(const struct recent *recent, const struct terms *now, __u32 side)
{
	return recent->generation == now->rules && recent->uses && recent->facts.side == side;
}

/* Whether the sender of a frame is the same; links without headers have none. */
static __always_inline int is_from(struct __sk_buff *skb, __u32 offset, const struct recent *recent)
{
	const struct ethhdr *frame = (void *)(long)skb->data;
	const struct mac *known = (const void *)recent->facts.mac;
	const struct mac *source = (const void *)frame->h_source;

	if (!offset)
		return !(known->words[0] | known->words[1] | known->words[2]);
	return (void *)(frame + 1) <= (void *)(long)skb->data_end && known->words[0] == source->words[0] &&
	       known->words[1] == source->words[1] && known->words[2] == source->words[2];
}

/* Asked only where it matters: to find the process costs as much as all else here. */
static __always_inline int is_of_process(const struct recent *recent, struct __sk_buff *skb)
{
	const struct process *process = process_of(skb);
	const __u64 *name = process ? (const void *)process->name : 0;

	return name && recent->facts.process[0] == bpf_be64_to_cpu(name[0]) &&
	       recent->facts.process[1] == bpf_be64_to_cpu(name[1]);
}

static __always_inline int judge_by_recent(struct __sk_buff *skb, __u32 offset, struct recent *recent, __u32 side)
{
	if (!is_from(skb, offset, recent) ||
	    (side == SIDE_LOCAL && !recent->anybody && !is_of_process(recent, skb)))
		return GOES_UP;
	recent->uses--;
	return recent->must ? PASSES_BY_RULE : LEAVE_ALONE;
}

/* No DNS; and without rules there is nothing more to know. The first segment of a connection is judged anew. */
static __always_inline int judge_head(const struct plain_head *head, __u8 protocol, const struct terms *now)
{
	if (is_dns_port(head->ports.destination, now) ||
	    (now->rules && protocol == IPPROTO_TCP && (head->flags & TCP_SYN)))
		return GOES_UP;
	return LEAVE_ALONE;
}

static __always_inline int judge_ipv4(struct __sk_buff *skb, __u32 offset, const struct plain_ipv4 *packet,
				      const struct terms *now, __u32 side)
{
	const struct ports ports = packet->head.ports;
	const struct flow_key *facts;
	struct recent *recent;
	int verdict = judge_head(&packet->head, packet->ip.protocol, now);

	if (verdict == GOES_UP || !now->rules)
		return verdict;
	recent = recent_at(packet->ip.saddr, packet->ip.daddr, ports.source, ports.destination);
	if (!recent || !is_in_force(recent, now, side))
		return GOES_UP;
	facts = &recent->facts;
	if (!recent->ipv4 || facts->source.words[3] != packet->ip.saddr ||
	    facts->destination.words[3] != packet->ip.daddr || facts->source_port != ports.source ||
	    facts->destination_port != ports.destination || facts->protocol != packet->ip.protocol ||
	    facts->dscp != packet->ip.tos >> 2)
		return GOES_UP;
	return judge_by_recent(skb, offset, recent, side);
}

static __always_inline int judge_ipv6(struct __sk_buff *skb, __u32 offset, const struct plain_ipv6 *packet,
				      const struct terms *now, __u32 side)
{
	const struct address *source = (const void *)&packet->ip.saddr, *asked = (const void *)&packet->ip.daddr;
	const struct ports ports = packet->head.ports;
	const struct flow_key *facts;
	struct recent *recent;
	int verdict = judge_head(&packet->head, packet->ip.nexthdr, now);

	if (verdict == GOES_UP || !now->rules)
		return verdict;
	recent = recent_at(source->words[3], asked->words[3], ports.source, ports.destination);
	if (!recent || !is_in_force(recent, now, side))
		return GOES_UP;
	facts = &recent->facts;
	if (recent->ipv4 || !is_same(&facts->source, source) || !is_same(&facts->destination, asked) ||
	    facts->source_port != ports.source || facts->destination_port != ports.destination ||
	    facts->protocol != packet->ip.nexthdr ||
	    facts->dscp != ((packet->ip.priority << 2 | packet->ip.flow_lbl[0] >> 6) & 0x3f))
		return GOES_UP;
	return judge_by_recent(skb, offset, recent, side);
}

/*
 * LEAVE_ALONE or PASSES_BY_RULE for a packet that is no DNS and no leak, and that no rule asks about or that is like one
 * which was let by a moment ago; else GOES_UP. `offset`: bytes of the link's header, ETH_HLEN or 0.
 */
static __always_inline int judge_at_sight(struct __sk_buff *skb, __u32 offset, __u32 side)
{
	const struct terms *now = terms();
	const struct plain_ipv4 *ipv4;
	const struct plain_ipv6 *ipv6;

	if (!now)
		return GOES_UP;
	ipv4 = plain_ipv4(skb, offset);
	if (ipv4)
		return judge_ipv4(skb, offset, ipv4, now, side);
	ipv6 = plain_ipv6(skb, offset);
	return ipv6 ? judge_ipv6(skb, offset, ipv6, now, side) : GOES_UP;
}

#endif
