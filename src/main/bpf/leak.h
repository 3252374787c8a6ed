/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* What might be DNS and goes around gander is counted by who sent it, and stopped where that is wanted. */
#ifndef GANDER_LEAK_H
#define GANDER_LEAK_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "maps.h"
#include "parse.h"
#include "process.h"
#include "redirect.h"
#include "shared.h"

#define DOT_PORT 853
#define HTTPS_PORT 443

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, LEAKS_MAX);
	__type(key, struct leak_key);
	__type(value, struct leak);
} leaks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, DOH_ADDRESSES_MAX);
	__type(key, struct address);
	__type(value, __u32);
} doh_addresses SEC(".maps");

/* Off the stack, which the programs share. */
struct leak_draft {
	struct leak_key key;
	struct leak leak;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct leak_draft);
} leak_drafts SEC(".maps");

/* Who sends what to whom; 0 if that cannot be told, as of a later fragment. */
static __always_inline int read_ipv4(struct __sk_buff *skb, __u32 offset, struct leak_key *key)
{
	struct iphdr ip;

	if (!LOAD(skb, offset, &ip) || ip.version != 4 || ip.ihl < 5 || (ip.frag_off & bpf_htons(IPV4_OFFSET)))
		return 0;
	key->source.words[2] = key->asked.words[2] = bpf_htonl(0xffff);
	key->source.words[3] = ip.saddr;
	key->asked.words[3] = ip.daddr;
	key->protocol = ip.protocol;
	return (ip.protocol == IPPROTO_UDP || ip.protocol == IPPROTO_TCP) &&
	       LOAD(skb, offset + ip.ihl * 4 + 2, &key->port);
}

/*
 * More extension headers than are followed hide a port, and so does a first fragment that ends before it (RFC 7112
 * forbids that, and routers forward it): it stays 0.
 */
static __always_inline int read_ipv6(struct __sk_buff *skb, __u32 offset, struct leak_key *key)
{
	struct ipv6hdr ip;
	__u8 next;
	int cut = 0;

	if (!LOAD(skb, offset, &ip) || ip.version != 6)
		return 0;
	__builtin_memcpy(&key->source, &ip.saddr, sizeof(key->source));
	__builtin_memcpy(&key->asked, &ip.daddr, sizeof(key->asked));
	offset += sizeof(ip);
	next = ip.nexthdr;
	for (int i = 0; i <= IPV6_EXTENSIONS_MAX; i++) {
		struct {
			__u8 next, length;
			__be16 fragment;
		} extension;

		if (next == IPPROTO_UDP || next == IPPROTO_TCP) {
			key->protocol = next;
			return LOAD(skb, offset + 2, &key->port) || cut;
		}
		if (next != IPPROTO_HOPOPTS && next != IPPROTO_DSTOPTS && next != IPPROTO_ROUTING &&
		    next != IPPROTO_FRAGMENT)
			return 0;
		if (!LOAD(skb, offset, &extension))
			return cut;
		if (next == IPPROTO_FRAGMENT) {
			if (extension.fragment & bpf_htons(IPV6_OFFSET))
				return 0;
			cut = (extension.fragment & bpf_htons(IPV6_FRAGMENT)) != 0;
		}
		offset += next == IPPROTO_FRAGMENT ? 8 : (extension.length + 1) * 8;
		next = extension.next;
	}
	return 1;
}

static __always_inline int read_packet(struct __sk_buff *skb, __u32 offset, struct leak_key *key)
{
	__be16 proto = skb->protocol;

	for (int i = 0; i <= VLAN_TAGS_MAX && is_vlan(proto); i++) {
		struct {
			__be16 tci, proto;
		} tag;

		if (!LOAD(skb, offset, &tag))
			return 0;
		proto = tag.proto;
		offset += sizeof(tag);
	}
	return proto == bpf_htons(ETH_P_IP)   ? read_ipv4(skb, offset, key) :
	       proto == bpf_htons(ETH_P_IPV6) ? read_ipv6(skb, offset, key) :
						0;
}

/* Ports that DNS may come to; to that of HTTPS not at every address. */
static __always_inline int is_dns_port(__be16 port)
{
	return port == bpf_htons(DNS_PORT) || port == bpf_htons(DOT_PORT) ||
	       (port == bpf_htons(HTTPS_PORT) && terms.flags & TERMS_LEAK_DOH);
}

/* Whether what is known of a packet already leaves it to judge_leak: of nearly all the port says that it is no DNS. */
static __always_inline int may_leak(const struct query *query)
{
	return !query->protocol || is_dns_port(query->destination_port);
}

static __always_inline int might_be_dns(const struct leak_key *key)
{
	if (key->port == 0)
		return 1;
	return is_dns_port(key->port) &&
	       (key->port != bpf_htons(HTTPS_PORT) || bpf_map_lookup_elem(&doh_addresses, &key->asked));
}

static __always_inline void write_down(struct __sk_buff *skb, __u32 offset, struct leak_draft *draft,
				       const struct process *process, int blocks)
{
	struct leak *known = bpf_map_lookup_elem(&leaks, &draft->key);

	if (!known) {
		__builtin_memset(&draft->leak, 0, sizeof(draft->leak));
		if (process) {
			draft->leak.uid = process->uid;
			draft->leak.cgroup = process->cgroup;
			__builtin_memcpy(draft->leak.process, process->name, sizeof(draft->leak.process));
		} else if (offset == ETH_HLEN && skb->ingress_ifindex == skb->ifindex) {
			/* What leaves has the interface's own address, which is nobody's who asked. */
			bpf_skb_load_bytes(skb, ETH_ALEN, draft->leak.mac, sizeof(draft->leak.mac));
		}
		bpf_map_update_elem(&leaks, &draft->key, &draft->leak, BPF_NOEXIST);
		known = bpf_map_lookup_elem(&leaks, &draft->key);
		if (!known)
			return;
	}
	__sync_fetch_and_add(&known->packets, 1);
	if (blocks)
		__sync_fetch_and_add(&known->blocked, 1);
	known->last_seen = bpf_ktime_get_coarse_ns();
}

/*
 * For a packet that is otherwise left alone: what the hook must return. With nobody listening gander is dead or has
 * been suspended, and everything passes.
 */
__noinline int judge_leak(struct __sk_buff *skb, __u32 offset)
{
	const struct process *process;
	struct leak_draft *draft;
	__u32 zero = 0;
	int blocks;

	if (!(terms.flags & TERMS_LEAK_COUNT))
		return LEAVE_ALONE;
	draft = bpf_map_lookup_elem(&leak_drafts, &zero);
	if (!draft)
		return LEAVE_ALONE;
	__builtin_memset(&draft->key, 0, sizeof(draft->key));
	if (!read_packet(skb, offset, &draft->key) || !might_be_dns(&draft->key) ||
	    is_local(&draft->key.asked))
		return LEAVE_ALONE;
	if (!anyone_listens(0) && !anyone_listens(LISTENERS_MAX))
		return LEAVE_ALONE;
	process = process_of(skb);
	if (is_own(skb, process))
		return LEAVE_ALONE;
	draft->key.ifindex = skb->ifindex;
	draft->key.pid = process ? process->pid : 0;
	blocks = (terms.flags & TERMS_LEAK_BLOCK) != 0;
	count(LEAKS);
	write_down(skb, offset, draft, process, blocks);
	if (!blocks)
		return LEAVE_ALONE;
	count(LEAKS_BLOCKED);
	return TC_ACT_SHOT;
}

#endif
