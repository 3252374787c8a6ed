/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 *          host namespace                          gander's own namespace
 *   client ──► lan_ingress ──► dae0 ═ dae0peer ──► dae0peer_ingress ──► listener socket
 *   client ◄── dae0_ingress ◄─ dae0 ═ dae0peer ◄── dae0peer_egress  ◄── responder socket
 *
 * docs/DATAPATH.md tells a packet's life; here are only the entry points. Needs Linux 5.17.
 */
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "answer.h"
#include "identity.h"
#include "leak.h"
#include "maps.h"
#include "parse.h"
#include "redirect.h"
#include "shared.h"
#include "traffic.h"

/* With the sender's identity to the listener. A function of its own, because the stack is short. */
__noinline int send_across(struct __sk_buff *skb, const struct query *query, __u32 listener)
{
	struct identity_key key = {};
	__u32 word;

	if (!query || key_of(skb, query, &key))
		return drop(DROPPED_HANDOVER);
	word = identity_of(&key);
	if (!word)
		return drop(DROPPED_IDENTITIES_FULL);
	word |= query->dscp << WORD_DSCP_SHIFT;
	if (listener == TCP_LISTENER ? query->opens : !settings.mark_in_recvmsg)
		remember_handoff(query, word);
	return hand_over(skb, query, listener, word);
}

/* A segment to port 53. */
static __always_inline int take_segment(struct __sk_buff *skb, struct query *query)
{
	int ours, verdict = GOES_UP;

	/* Whoever has our namespace's number after our death has no such listener. */
	if (!anyone_listens(listener_of(query)))
		return leave_alone(PASSED_NO_LISTENER);
	if (segment_served_here(skb, query))
		return leave_alone(PASSED_LOCAL_SERVICE);
	ours = is_ours(skb, query);
	/* Those of a connection that a must_ rule let by, too. */
	if (query->opens || !ours)
		verdict = judge_by_rules(skb, query, SIDE_LAN);
	if (verdict != GOES_UP)
		return verdict;
	if (!ours)
		return leave_alone(PASSED_TCP);
	return send_across(skb, query, TCP_LISTENER);
}

/* `query` is zeroed, and tells afterwards what could be read. */
static __always_inline int take_frame(struct __sk_buff *skb, struct query *query)
{
	enum shape shape = parse(skb, query, ETH_HLEN);
	const struct control *control = the_control();
	__u32 listener;
	int alive, listening, verdict;

	if (shape == NOT_DNS)
		return query->protocol && the_rules() && skb->pkt_type == PACKET_HOST ?
			       judge_packet(skb, query, SIDE_LAN) :
			       LEAVE_ALONE;
	if (shape == TOO_DEEP)
		return leave_alone(PASSED_VLAN_DEPTH);
	if (shape == TOO_EXTENDED)
		return leave_alone(PASSED_EXTENSIONS);
	if (skb->pkt_type != PACKET_HOST)
		return leave_alone(PASSED_NOT_FOR_US);
	if (shape == TCP_SEGMENT)
		return take_segment(skb, query);
	listener = listener_of(query);
	alive = control && is_alive(control, query->ipv6);
	listening = alive || anyone_listens(listener);
	if (!listening && (!control || shape != WHOLE_QUERY || !answers_alone(control)))
		return leave_alone(PASSED_NO_LISTENER);
	if (shape == FRAGMENTED)
		return judge_fragment(skb, query, SIDE_LAN);
	if (shape == MALFORMED)
		return drop(DROPPED_MALFORMED);
	if (served_here(skb, query))
		return leave_alone(PASSED_LOCAL_SERVICE);

	verdict = judge_by_rules(skb, query, SIDE_LAN);
	if (verdict != GOES_UP)
		return verdict;
	verdict = answer(skb, query, 0);
	if (verdict != GOES_UP)
		return verdict;
	if (!listening || (alive && !anyone_listens(listener)))
		return leave_alone(PASSED_NO_LISTENER);
	return send_across(skb, query, listener);
}

/* Every frame that arrives on a LAN interface. */
SEC("tc")
int lan_ingress(struct __sk_buff *skb)
{
	struct query query = {};
	int verdict = take_frame(skb, &query);

	if (verdict == PASSES_BY_RULE) {
		skb->tc_index = LET_BY;
		return LEAVE_ALONE;
	}
	return verdict == LEAVE_ALONE && skb->pkt_type == PACKET_HOST && may_leak(&query) ? judge_leak(skb, ETH_HLEN) :
											    verdict;
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
