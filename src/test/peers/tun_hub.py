"""Clients behind one link without Ethernet headers: tun_hub.py NAMESPACE DEVICE CLIENT_NAMESPACE...

Makes a tun device in a router's network namespace and one, tun0, in each client's, and carries packets between them as a VPN
server does: what a client sends goes to the router, what the router sends goes to the client that has sent from that address,
or to all while none has. Says "ready"; the devices go when it ends.
"""

import ctypes
import fcntl
import os
import select
import struct
import sys

CLONE_NEWNET, TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x40000000, 0x400454CA, 0x0001, 0x1000
LIBC = ctypes.CDLL(None, use_errno=True)


def tun(namespace, device):
    with open("/run/netns/" + namespace) as entered:
        if LIBC.setns(entered.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns " + namespace)
    made = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(made, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
    return made


def address(packet, second):
    """The source, or as the second the destination."""
    start, length = (12, 4) if packet[0] >> 4 == 4 else (8, 16)
    return packet[start + second * length:start + (1 + second) * length]


def send(device, packet):
    try:
        os.write(device, packet)
    except OSError:
        pass  # it is down


def main():
    router = tun(sys.argv[1], sys.argv[2])
    clients = [tun(namespace, "tun0") for namespace in sys.argv[3:]]
    known = {}
    print("ready", flush=True)
    while True:
        for device in select.select([router, *clients], [], [])[0]:
            packet = os.read(device, 65536)
            if device != router:
                known[address(packet, 0)] = device
                send(router, packet)
                continue
            owner = known.get(address(packet, 1))
            for client in clients if owner is None else [owner]:
                send(client, packet)


if __name__ == "__main__":
    main()
