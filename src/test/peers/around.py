"""Tries to resolve around whoever stands in the way: around.py WAY SECONDS.

Each WAY is one trick, done again and again for so long, by an ordinary user's means and by root's. Nothing is read but to be
polite; who watches the wire beyond is the judge.
"""

import os
import random
import socket
import ssl
import struct
import sys
import time

V4, V6, DOH = "198.51.100.53", "2001:db8:ffff::53", "198.51.100.80"
NAME = b"\6around\7example\0"
QUERY = b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + NAME + b"\0\1\0\1"
FRAMED = struct.pack("!H", len(QUERY)) + QUERY
UDP_SEGMENT, SOL_UDP = 103, 17


def udp(family=socket.AF_INET, server=V4, port=53, source=0, options=(), message=QUERY):
    with socket.socket(family, socket.SOCK_DGRAM) as it:
        it.settimeout(0.05)
        it.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if source:
            it.bind(("", source))
        for option in options:
            it.setsockopt(*option)
        it.sendto(message, (server, port))
        it.recv(2048)


def tcp(family=socket.AF_INET, server=V4, port=53, early=False, tls=False):
    with socket.socket(family, socket.SOCK_STREAM) as it:
        it.settimeout(0.2)
        if early:
            it.sendto(FRAMED, socket.MSG_FASTOPEN, (server, port))
        else:
            it.connect((server, port))
            if tls:
                context = ssl.create_default_context()
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                context.wrap_socket(it).sendall(FRAMED)
            else:
                it.sendall(FRAMED)
        it.recv(2048)


def own_address(server):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as it:
        it.connect((server, 9))
        return it.getsockname()[0]


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packet(server, options=b"", offset=0, more=False, part=None):
    datagram = struct.pack("!HHHH", random.randrange(1024, 65536), 53, 8 + len(QUERY), 0) + QUERY
    body = datagram if part is None else datagram[part]
    words = 5 + len(options) // 4
    head = struct.pack("!BBHHHBBH4s4s", 0x40 | words, 0, words * 4 + len(body), 0x4242, (0x2000 if more else 0) | offset, 64, 17, 0,
                       socket.inet_aton(own_address(server)), socket.inet_aton(server)) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def raw(**words):
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as it:
        it.sendto(packet(V4, **words), (V4, 0))


def in_fragments():
    raw(more=True, part=slice(0, 24))
    raw(offset=3, part=slice(24, None))


def first_fragment():
    """Of a datagram over IPv6, so small that the ports are in the second."""
    padding = bytes([17, 0, 1, 4, 0, 0, 0, 0])
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_FRAGMENT) as it:
        it.sendto(struct.pack("!BBHI", socket.IPPROTO_DSTOPTS, 0, 1, 0x4242) + padding, (V6, 0))


def frame():
    """Written straight to the interface, for the gateway's MAC address."""
    route = next(line.split() for line in open("/proc/net/route") if line.split()[1] == "00000000")
    gateway = socket.inet_ntoa(struct.pack("<I", int(route[2], 16)))
    try:
        udp(server=gateway, port=9)  # has its MAC address looked up
    except OSError:
        pass
    mac = next(line.split()[3] for line in open("/proc/net/arp") if line.split()[0] == gateway)
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800)) as it:
        it.sendto(packet(V4), (route[0], 0x0800, 0, 0, bytes.fromhex(mac.replace(":", ""))))


def as_nobody(attempt):
    def done():
        if os.geteuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        attempt()
    return done


HOP_BY_HOP = bytes([0, 0, 1, 4, 0, 0, 0, 0])
WAYS = {
    "plain": udp,
    "nobody": as_nobody(udp),
    "from-53": lambda: udp(source=53),
    "from-a-low-port": lambda: udp(source=random.randrange(600, 1000)),
    "marked": lambda: udp(options=[(socket.SOL_SOCKET, socket.SO_MARK, 0x8000000)]),
    "marked-as-an-own": lambda: udp(options=[(socket.SOL_SOCKET, socket.SO_MARK, 1)]),
    "with-priority": lambda: udp(options=[(socket.SOL_IP, socket.IP_TOS, 0xB8)]),
    "segmented": lambda: udp(options=[(SOL_UDP, UDP_SEGMENT, len(QUERY))], message=QUERY * 4),
    "tcp": tcp,
    "tcp-early": lambda: tcp(early=True),
    "tls": lambda: tcp(port=853, tls=True),
    "quic": lambda: udp(port=853),
    "https": lambda: tcp(server=DOH, port=443, tls=True),
    "http3": lambda: udp(server=DOH, port=443),
    "ipv6": lambda: udp(socket.AF_INET6, V6),
    "ipv6-tcp": lambda: tcp(socket.AF_INET6, V6),
    "ipv6-hop-by-hop": lambda: udp(socket.AF_INET6, V6, options=[(socket.IPPROTO_IPV6, socket.IPV6_HOPOPTS, HOP_BY_HOP)]),
    "ipv6-first-fragment": first_fragment,
    "raw": raw,
    "raw-options": lambda: raw(options=b"\x01\x01\x01\x00"),
    "fragments": in_fragments,
    "frame": frame,
}


def main():
    attempt = WAYS[sys.argv[1]]
    end = time.monotonic() + float(sys.argv[2])
    tried = 0
    while time.monotonic() < end:
        try:
            attempt()
        except OSError:
            pass  # refused, or no answer: the next one
        tried += 1
        time.sleep(0.01)
    sys.stdout.write(f"{tried}\n")  # in one piece, beside the others


if __name__ == "__main__":
    main()
