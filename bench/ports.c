/*
 * SPDX-License-Identifier: Apache-2.0
 *
 * Queries for one name, each from a source port that none before it had.
 *
 *   ports forwarded SOURCE/24 SERVER RATE SECONDS   as from the hosts 2 to 251 behind one MAC address (raw sockets)
 *   ports own SERVER SECONDS                        by a socket of its own each, as fast as two threads will
 *
 * Prints how many were sent. IPv4.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const unsigned char question[] = "\0\1\1\0\0\1\0\0\0\0\0\0\2n1\5bench\4test\0\0\1\0\1";
#define QUESTION (sizeof(question) - 1)
#define BATCH 50

struct packet {
  struct iphdr ip;
  struct udphdr udp;
  unsigned char message[QUESTION];
} __attribute__((packed));

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static unsigned long forwarded(struct in_addr network, struct in_addr server, double rate, double seconds) {
  static struct packet packets[BATCH];
  struct mmsghdr messages[BATCH] = {0};
  struct iovec vectors[BATCH];
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = server};
  int raw = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
  unsigned long sent = 0;
  double began = now();

  for (int i = 0; i < BATCH; i++) {
    packets[i].ip = (struct iphdr){.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP, .daddr = server.s_addr};
    packets[i].ip.tot_len = htons(sizeof(struct packet));
    packets[i].udp = (struct udphdr){.dest = htons(53), .len = htons(sizeof(struct udphdr) + QUESTION)};
    memcpy(packets[i].message, question, QUESTION);
    vectors[i] = (struct iovec){&packets[i], sizeof(struct packet)};
    messages[i].msg_hdr = (struct msghdr){.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &vectors[i], .msg_iovlen = 1};
  }
  while (now() < began + seconds) {
    double ahead = sent / rate - (now() - began);
    if (ahead > 0) {
      usleep(ahead * 1e6);
    }
    for (int i = 0; i < BATCH; i++) {
      unsigned long number = sent + i;
      packets[i].ip.saddr = htonl(ntohl(network.s_addr) + 2 + number / 64000 % 250);
      packets[i].udp.source = htons(1024 + number % 64000);
    }
    int went = sendmmsg(raw, messages, BATCH, 0);
    if (went < 0) {
      perror("sendmmsg");
      exit(1);
    }
    sent += went;
  }
  return sent;
}

static struct sockaddr_in asked = {.sin_family = AF_INET};
static double end;

static void *own(void *count) {
  while (now() < end) {
    int one = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sendto(one, question, QUESTION, 0, (struct sockaddr *)&asked, sizeof(asked)) == QUESTION) {
      ++*(unsigned long *)count;
    }
    close(one);
  }
  return NULL;
}

int main(int count, char **words) {
  if (count == 6 && !strcmp(words[1], "forwarded")) {
    struct in_addr network, server;
    inet_aton(words[2], &network);
    inet_aton(words[3], &server);
    printf("%lu\n", forwarded(network, server, atof(words[4]), atof(words[5])));
    return 0;
  }
  if (count == 4 && !strcmp(words[1], "own")) {
    unsigned long sent[2] = {0};
    pthread_t second;
    inet_aton(words[2], &asked.sin_addr);
    asked.sin_port = htons(53);
    end = now() + atof(words[3]);
    pthread_create(&second, NULL, own, &sent[1]);
    own(&sent[0]);
    pthread_join(second, NULL);
    printf("%lu\n", sent[0] + sent[1]);
    return 0;
  }
  fprintf(stderr, "usage: see the head of ports.c\n");
  return 2;
}
