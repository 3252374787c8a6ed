package dev.gander.intercept;

import java.net.InetAddress;

/**
 * Packets of one sender to one address that might be DNS and went around gander.
 *
 * @param source where they came from; of a client behind an interface, or this machine's
 * @param asked where they were to go
 * @param port 53, 853, 443 (a listed DoH server), or 0: hidden behind IPv6 extension headers
 * @param protocol IP protocol number: 6 TCP, 17 UDP, 0 hidden
 * @param ifindex the interface where they were seen
 * @param pid process of this machine, or 0
 * @param process its name, or empty
 * @param uid its user
 * @param cgroup path of its control group, if that was there when first asked for; else empty
 * @param mac 48 bits: the sender's link-layer address where it is no process; 0 without one
 * @param packets how many were seen
 * @param blocked how many of those were stopped
 * @param lastSeenNanos CLOCK_MONOTONIC
 */
public record Leak(
    InetAddress source,
    InetAddress asked,
    int port,
    int protocol,
    int ifindex,
    int pid,
    String process,
    int uid,
    String cgroup,
    long mac,
    long packets,
    long blocked,
    long lastSeenNanos) {}
