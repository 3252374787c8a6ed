/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Who asked, as a number of 16 bits. A client is interned once and then only read: the array holds the
 * truth, the hash only finds it, and a hash entry is believed only where the array agrees.
 *
 * A slot's life:   free (0) -> writing (1) -> in use (time) -> writing -> ...
 * Only the CPU that moved last_seen to "writing" may write the key. A reader that saw a time first, then
 * an equal key, holds a slot that nobody may take for IDENTITY_HOLD_NS.
 */
#ifndef GANDER_IDENTITY_H
#define GANDER_IDENTITY_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "maps.h"
#include "parse.h"
#include "redirect.h"
#include "shared.h"

#define SLOT_WRITING 1ULL
#define SLOT_TRIES 8

static __always_inline int key_of(struct __sk_buff *skb, const struct query *query,
				  struct identity_key *key)
{
	key->ifindex = skb->ifindex;
	key->tags[0] = query->tags[0];
	key->tags[1] = query->tags[1];
	/* Links without headers have no such addresses. */
	if (!query->ip)
		return 0;
	return bpf_skb_load_bytes(skb, 0, key->router_mac, 2 * ETH_ALEN);
}

static __always_inline int same_key(const struct identity_key *a, const struct identity_key *b)
{
	const __u64 *x = (const void *)a, *y = (const void *)b;

	return x[0] == y[0] && x[1] == y[1] && x[2] == y[2] && x[3] == y[3] && x[4] == y[4] && x[5] == y[5] &&
	       x[6] == y[6] && x[7] == y[7];
}

/* Whether the slot belongs to `key` and stays so while a query lives. */
static __always_inline int still_ours(struct identity *slot, const struct identity_key *key, __u64 now)
{
	__u64 seen = *(volatile __u64 *)&slot->last_seen;

	if (seen <= SLOT_WRITING || !same_key(&slot->key, key))
		return 0;
	if (now - seen < IDENTITY_TOUCH_NS)
		return 1;
	return __sync_val_compare_and_swap(&slot->last_seen, seen, now) == seen;
}

/* Takes `slot` for `key` unless it is in use. */
static __always_inline int take(struct identity *slot, __u32 id, const struct identity_key *key, __u64 now)
{
	__u64 seen = *(volatile __u64 *)&slot->last_seen;

	if (seen == SLOT_WRITING || (seen && now - seen < IDENTITY_HOLD_NS))
		return 0;
	if (__sync_val_compare_and_swap(&slot->last_seen, seen, SLOT_WRITING) != seen)
		return 0;
	if (seen) {
		__u32 *former = bpf_map_lookup_elem(&identity_ids, &slot->key);

		if (former && *former == id)
			bpf_map_delete_elem(&identity_ids, &slot->key);
	}
	slot->key = *key;
	__sync_lock_test_and_set(&slot->last_seen, now);
	return 1;
}

static __noinline __u32 new_identity(const struct identity_key *key, __u64 now)
{
	if (!key)
		return 0;
	for (int i = 0; i < SLOT_TRIES; i++) {
		__u32 id = __sync_fetch_and_add(&next_identity, 1) & IDENTITY_MASK;
		struct identity *slot = bpf_map_lookup_elem(&identities, &id);

		if (id == 0 || !slot || !take(slot, id, key, now))
			continue;
		/* If this fails (hash full, two CPUs at once) the slot still serves this one query. */
		bpf_map_update_elem(&identity_ids, key, &id, BPF_ANY);
		count(IDENTITIES_NEW);
		return id;
	}
	return 0;
}

/* The id of the frame's sender, or 0 if every slot tried is in use. */
static __always_inline __u32 identity_of(const struct identity_key *key)
{
	/* Never 0 or SLOT_WRITING. */
	__u64 now = bpf_ktime_get_coarse_ns() + SLOT_WRITING + 1;
	__u32 *known = bpf_map_lookup_elem(&identity_ids, key);

	if (known) {
		__u32 id = *known;
		struct identity *slot = bpf_map_lookup_elem(&identities, &id);

		if (slot && still_ours(slot, key, now))
			return id;
	}
	return new_identity(key, now);
}

/* What goes with a query to the listener, by the mark or by `handoffs`; 0 if no number is left for whoever asks. */
static __always_inline __u32 word_of(const struct query *query, __u32 listener, const struct identity_key *key)
{
	__u32 word = identity_of(key);

	if (!word)
		return 0;
	word |= query->dscp << WORD_DSCP_SHIFT;
	if (listener == TCP_LISTENER ? query->opens : !settings.mark_in_recvmsg)
		remember_handoff(query, word);
	return word;
}

#endif
