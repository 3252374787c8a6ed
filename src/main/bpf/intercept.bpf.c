/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 *          host namespace                          gander's own namespace
 *   client ──► lan_ingress ──► dae0 ═ dae0peer ──► dae0peer_ingress ──► listener socket
 *   client ◄── dae0_ingress ◄─ dae0 ═ dae0peer ◄── dae0peer_egress  ◄── responder socket
 *
 * docs/DATAPATH.md tells a packet's life; here are only the entry points. Needs Linux 5.17.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "lan.h"
#include "maps.h"
#include "parse.h"
#include "redirect.h"
#include "shared.h"

/* Every frame that arrives on a LAN interface. */
SEC("tc")
int lan_ingress(struct __sk_buff *skb)
{
	return arrive(skb, ETH_HLEN);
}

/* To the listener by its place in `listen_sockets`; a failure is not 0. */
static __always_inline long assign(struct __sk_buff *skb, __u32 listener)
{
	struct bpf_sock *socket = bpf_map_lookup_elem(&listen_sockets, &listener);
	long failure;

	if (!socket)
		return -1;
	failure = bpf_sk_assign(skb, socket, 0);
	bpf_sk_release(socket);
	return failure;
}

/* Every frame that lan_ingress sent across. */
SEC("tc")
int dae0peer_ingress(struct __sk_buff *skb)
{
	struct pair_head head;
	__u32 listener, mark;

	if (!LOAD(skb, DESTINATION_MAC, &head) || head.destination.prefix != PAIR_PREFIX ||
	    head.source.prefix != PAIR_PREFIX)
		return drop(DROPPED_FOREIGN);
	listener = bpf_ntohl(head.destination.word);
	mark = bpf_ntohl(head.source.word) & WORD_MASK;
	/* A TCP socket sends with the mark that its first packet came with, so that bears none of ours. */
	if (listener != TCP_LISTENER) {
		if (assign(skb, listener))
			return drop(DROPPED_NO_SOCKET);
		mark |= TPROXY_MARK;
	}
	/* The frame's destination is a word and not our address, so veth took it for another host's. */
	if (skb->pkt_type != PACKET_HOST)
		bpf_skb_change_type(skb, PACKET_HOST);
	skb->mark = mark;
	return TC_ACT_OK;
}

/* Every frame the namespace sends: replies carry their word in the mark, which does not survive the pair. */
SEC("tc")
int dae0peer_egress(struct __sk_buff *skb)
{
	struct word_mac source = { PAIR_PREFIX, bpf_htonl(skb->mark & WORD_MASK) };

	if (!(skb->mark & IDENTITY_MASK))
		return drop(DROPPED_NO_IDENTITY);
	if (bpf_skb_store_bytes(skb, SOURCE_MAC, &source, sizeof(source), 0))
		return drop(DROPPED_REPLY);
	return TC_ACT_OK;
}

/* Every frame that comes back across. */
SEC("tc")
int dae0_ingress(struct __sk_buff *skb)
{
	struct word_mac source;
	struct identity *identity;
	__u32 id;

	if (!LOAD(skb, SOURCE_MAC, &source) || source.prefix != PAIR_PREFIX)
		return drop(DROPPED_FOREIGN);
	id = bpf_ntohl(source.word) & IDENTITY_MASK;
	identity = bpf_map_lookup_elem(&identities, &id);
	if (id == 0 || !identity || identity->last_seen <= SLOT_WRITING)
		return drop(DROPPED_NO_IDENTITY);
	return send_back(skb, &identity->key);
}

char _license[] SEC("license") = "Dual BSD/GPL";
