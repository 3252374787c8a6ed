/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * This machine's own programs. Loaded when a WAN interface is first named; shares the maps of intercept.bpf.c.
 *
 *   program ─► socket (sock_create, connect, sendmsg: whose?) ─► wan_egress ─► dae0 ═ dae0peer ─► listener socket
 *   program ◄─ the interface's ingress ◄─────────────────────── dae0_ingress ◄─ dae0 ═ dae0peer ◄─ responder socket
 *
 * Needs Linux 5.17 and its type information (CONFIG_DEBUG_INFO_BTF).
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "maps.h"
#include "shared.h"
#include "sight.h"
#include "traffic.h"
#include "wan.h"

/* What is read of the kernel's; where it lies, the loader finds out. */
struct mm_struct {
	unsigned long arg_start;
} __attribute__((preserve_access_index));

struct task_struct {
	struct mm_struct *mm;
	struct task_struct *group_leader;
	char comm[PROCESS_NAME];
} __attribute__((preserve_access_index));

/* The first word of a process's command, and where in it the name of the file begins. */
#define COMMAND_MAX 128
struct command {
	char text[COMMAND_MAX + PROCESS_NAME];
	__u32 name, title;
};

static long read_command(__u32 i, struct command *command)
{
	char byte;

	if (i >= COMMAND_MAX)
		return 1;
	byte = command->text[i];
	if (byte == '/') {
		command->name = i + 1;
		command->title = 0;
	}
	/* "nginx: worker process" was written over the command: it names no file. */
	if (byte == ' ')
		command->title = 1;
	return byte == 0;
}

/* What dae goes by, too: of "/usr/bin/curl" `curl`. Else the name of the first thread, which a program may change. */
static __always_inline void name_process(struct process *process, const struct task_struct *task)
{
	struct command command = {};

	if (bpf_probe_read_user_str(command.text, COMMAND_MAX, (void *)BPF_CORE_READ(task, mm, arg_start)) > 1) {
		bpf_loop(COMMAND_MAX, read_command, &command, 0);
		if (!command.title)
			bpf_probe_read_kernel_str(process->name, sizeof(process->name),
						  command.text + (command.name & (COMMAND_MAX - 1)));
	}
	if (!process->name[0])
		bpf_probe_read_kernel_str(process->name, sizeof(process->name),
					  BPF_CORE_READ(task, group_leader, comm));
}

/* All but the name. */
static __always_inline struct process current_process(const struct task_struct *task)
{
	struct process process = {
		.pid = bpf_get_current_pid_tgid() >> 32,
		.uid = (__u32)bpf_get_current_uid_gid(),
		.cgroup = bpf_get_current_cgroup_id(),
		.program = (__u64)BPF_CORE_READ(task, mm),
	};

	return process;
}

SEC("cgroup/sock_create")
int sock_create(struct bpf_sock *socket)
{
	if (bpf_get_netns_cookie(socket) == terms.namespace) {
		const struct task_struct *task = (const void *)bpf_get_current_task();
		struct process process = current_process(task);

		name_process(&process, task);
		bpf_sk_storage_get(&processes, socket, &process, BPF_SK_STORAGE_GET_F_CREATE);
	}
	return 1;
}

/* Who uses a socket need not have made it, and may have become another program since. */
static __always_inline void note_user(struct bpf_sock_addr *call)
{
	struct bpf_sock *socket = call->sk;
	const struct task_struct *task;
	struct process process, *known;

	if (!socket || bpf_get_netns_cookie(call) != terms.namespace)
		return;
	task = (const void *)bpf_get_current_task();
	process = current_process(task);
	known = bpf_sk_storage_get(&processes, socket, 0, 0);
	/* To read the name costs more than all else, and servers send often by one socket. */
	if (known && known->pid == process.pid && known->program == process.program) {
		known->uid = process.uid;
		known->cgroup = process.cgroup;
		return;
	}
	name_process(&process, task);
	known = bpf_sk_storage_get(&processes, socket, &process, BPF_SK_STORAGE_GET_F_CREATE);
	if (known)
		*known = process;
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *call)
{
	note_user(call);
	return 1;
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *call)
{
	note_user(call);
	return 1;
}

SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *call)
{
	note_user(call);
	return 1;
}

SEC("cgroup/sendmsg6")
int sendmsg6(struct bpf_sock_addr *call)
{
	note_user(call);
	return 1;
}

/* What is forwarded is nothing to take, and most of it shows at first sight that it is no leak either. */
static __always_inline int is_other_traffic(struct __sk_buff *skb, __u32 offset)
{
	__be16 port;

	if (!skb->ingress_ifindex)
		return 0;
	if (skb->tc_index == LET_BY)
		return 1;
	port = plain_port(skb, offset);
	return !RARELY(!port || is_dns_port(port));
}

static __always_inline int take_packet(struct __sk_buff *skb, __u32 offset)
{
	struct query query;
	int verdict;

	/* What gander itself sends is let by like all else. */
	if (is_other_traffic(skb, offset))
		LEAVE_AT_ONCE();
	if (judge_at_sight(skb, offset, SIDE_LOCAL) != GOES_UP)
		LEAVE_AT_ONCE();
	/* Or clang keeps a pointer to skb->data, through which the verifier lets nobody read. */
	OPAQUE(skb);
	__builtin_memset(&query, 0, sizeof(query));
	verdict = take_local(skb, &query, offset);
	if (verdict == PASSES_BY_RULE)
		return LEAVE_ALONE;
	return verdict == LEAVE_ALONE && may_leak(&query) ? judge_leak(skb, offset) : verdict;
}

/* Every frame that leaves by a WAN interface. */
SEC("tc")
int wan_egress(struct __sk_buff *skb)
{
	return take_packet(skb, ETH_HLEN);
}

/* Every packet that leaves by one without Ethernet headers: WireGuard, tun, PPP. */
SEC("tc")
int wan_egress_l3(struct __sk_buff *skb)
{
	return take_packet(skb, 0);
}

char _license[] SEC("license") = "Dual BSD/GPL";
