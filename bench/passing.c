/*
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a datagram costs on its way through the worlds of bench/lab, where all that happens to it happens on the CPU that sends it.
 *
 *   passing hook DEVICE ingress|egress       an empty eBPF program at a TCX hook, until it is ended: what any program pays there
 *   passing send SECONDS ADDRESS WORLD...    bursts of datagrams of 1,400 bytes from NAME-client to a socket of NAME-internet that nobody
 *                                            reads, the worlds taking turns; prints for each the median nanoseconds, and the median of
 *                                            what it took beyond the first world in the same turn
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BURST 500
#define WARM 50
#define WORLDS_MAX 16
#define TURNS_MAX 1000000
#define SIZE 1400
#define TCX_INGRESS 46 /* enum bpf_attach_type; older headers lack it */
#define TCX_EGRESS 47

static void must(int ok, const char *what) {
  if (!ok) {
    perror(what);
    exit(1);
  }
}

static int hook(const char *device, int type) {
  static const struct bpf_insn code[] = {
    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = -1}, /* TCX_NEXT */
    {.code = BPF_JMP | BPF_EXIT},
  };
  union bpf_attr program = {
    .prog_type = BPF_PROG_TYPE_SCHED_CLS,
    .insns = (unsigned long)code,
    .insn_cnt = 2,
    .license = (unsigned long)"GPL",
  };
  union bpf_attr link = {0};
  int fd = syscall(SYS_bpf, BPF_PROG_LOAD, &program, sizeof(program));

  must(fd >= 0, "loading an empty program");
  link.link_create.prog_fd = fd;
  link.link_create.target_ifindex = if_nametoindex(device);
  link.link_create.attach_type = type;
  must(syscall(SYS_bpf, BPF_LINK_CREATE, &link, sizeof(link)) >= 0, device);
  return pause();
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static int udp(const char *world, const char *where) {
  char path[128];
  snprintf(path, sizeof(path), "/run/netns/%s-%s", world, where);
  int namespace = open(path, O_RDONLY | O_CLOEXEC);
  must(namespace >= 0 && !setns(namespace, CLONE_NEWNET), path);
  close(namespace);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  must(fd >= 0, "socket");
  return fd;
}

/* A socket in the client, connected to one in the internet that is full at once. */
static int way_through(const char *world, struct sockaddr_in to) {
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = to.sin_port};
  int small = 1, sink = udp(world, "internet"), fd = udp(world, "client");
  must(!setsockopt(sink, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), "SO_RCVBUF");
  must(!bind(sink, (struct sockaddr *)&any, sizeof(any)), "bind");
  must(!connect(fd, (struct sockaddr *)&to, sizeof(to)), "connect");
  return fd;
}

static double burst(int fd) {
  static char data[SIZE];
  for (int i = 0; i < WARM; i++)
    send(fd, data, SIZE, 0);
  double began = now();
  for (int i = 0; i < BURST; i++)
    send(fd, data, SIZE, 0);
  return (now() - began) / BURST;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values, int count) {
  qsort(values, count, sizeof(*values), ascending);
  return values[count / 2];
}

static int turns(double seconds, const char *address, int count, char **worlds) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9999)};
  static double *took[WORLDS_MAX], *beyond[WORLDS_MAX];
  int fds[WORLDS_MAX], turn = 0;
  cpu_set_t one;

  CPU_ZERO(&one);
  CPU_SET(sysconf(_SC_NPROCESSORS_ONLN) - 1, &one);
  must(!sched_setaffinity(0, sizeof(one), &one), "sched_setaffinity");
  must(count <= WORLDS_MAX && inet_pton(AF_INET, address, &to.sin_addr) == 1, address);
  for (int i = 0; i < count; i++) {
    fds[i] = way_through(worlds[i], to);
    took[i] = calloc(TURNS_MAX, sizeof(double));
    beyond[i] = calloc(TURNS_MAX, sizeof(double));
  }
  for (double end = now() + seconds * 1e9; now() < end && turn < TURNS_MAX; turn++) {
    for (int i = 0; i < count; i++) { /* there and back: none is always the one that comes behind another */
      int world = turn % 2 ? count - 1 - i : i;
      took[world][turn] = burst(fds[world]);
    }
    for (int i = 0; i < count; i++)
      beyond[i][turn] = took[i][turn] - took[0][turn];
  }
  for (int i = 0; i < count; i++)
    printf("%s %.0f %.0f\n", worlds[i], median(took[i], turn), median(beyond[i], turn));
  return 0;
}

int main(int count, char **words) {
  if (count == 4 && !strcmp(words[1], "hook"))
    return hook(words[2], strcmp(words[3], "egress") ? TCX_INGRESS : TCX_EGRESS);
  if (count > 4 && !strcmp(words[1], "send"))
    return turns(atof(words[2]), words[3], count - 4, words + 4);
  fprintf(stderr, "see the top of passing.c\n");
  return 2;
}
