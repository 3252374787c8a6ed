/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* The maps, the constants set before load, and counting. */
#ifndef GANDER_MAPS_H
#define GANDER_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "shared.h"

/* What hardly ever happens is laid out behind all else: code that is not executed is not to be read from memory. */
#define RARELY(condition) __builtin_expect(!!(condition), 0)

/* Hides from clang what a value is, so that it does not turn arithmetic back into branches, or another order. */
#define OPAQUE(value) asm volatile("" : "+r"(value))

const volatile struct settings settings = {};

/* Counts up for ever; modulo IDENTITIES it is the next slot to try. */
__u32 next_identity = 0;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

/* Without preallocation: memory follows the number of clients, and a slot's old key is deleted first. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, IDENTITIES);
	__type(key, struct identity_key);
	__type(value, __u32);
} identity_ids SEC(".maps");

/* Mapped into the daemon, which reads a client's MAC, interface and VLAN without a system call. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, IDENTITIES);
	__type(key, __u32);
	__type(value, struct identity);
} identities SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 2 * LISTENERS_MAX);
	__type(key, __u32);
	__type(value, __u64);
} listen_sockets SEC(".maps");

/* Addresses of this machine, kept by the daemon. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LOCAL_ADDRESSES_MAX);
	__type(key, struct address);
	__type(value, __u32);
} local_addresses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct local_filter);
} local_filter SEC(".maps");

/* For TCP; for UDP only where recvmsg cannot tell the mark, elsewhere the loader makes it small. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, HANDOFFS_MAX);
	__type(key, struct client_key);
	__type(value, __u32);
} handoffs SEC(".maps");

/* Lives and dies with each socket, so that it cannot fill. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct process);
} processes SEC(".maps");

/* A variable, since every packet asks: it is read without a look into a map. */
struct terms terms SEC(".data.terms") = {};

static __always_inline void count(enum counter which)
{
	__u32 index = which;
	__u64 *value = bpf_map_lookup_elem(&counters, &index);

	if (value)
		*value += 1;
}

#endif
