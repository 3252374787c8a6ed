#!/usr/bin/env python3
"""Asks a DNS server on aioquic, over QUIC (RFC 9250) or HTTP/3 (RFC 8484), on one connection.

    quic_client.py doq|h3|doq-keepalive|doq-unframed|doq-id|doq-two|doq-crowd|h3-crowd|doq-alpn|h3-alpn PORT CA_FILE SERVER_NAME COUNT

Prints the last four bytes of each answer as an address; `closed CODE` if the server ends the connection, `unended` if a stream of QUIC
does not end with the message: clients would stop it. A crowd is 300 handshakes before, that are begun
and left; then the first line is how many Retry packets the server sent for the connection. `-alpn` offers a protocol that is nobody's.
"""
import asyncio, base64, socket, struct, sys, time

from aioquic.asyncio import QuicConnectionProtocol, connect
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import ConnectionTerminated, StreamDataReceived


def query(number, keepalive):
    name = b"".join(bytes([len(x)]) + x for x in (b"n%d" % number, b"example")) + b"\0"
    opt = b"\0\0\x29\4\xd0\0\0\0\0" + (b"\0\4\0\x0b\0\0" if keepalive else b"\0\0")
    return b"\0\0\1\0\0\1\0\0\0\0\0\1" + name + b"\0\1\0\1" + opt


class Client(QuicConnectionProtocol):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.http, self.got, self.waiting = None, {}, {}
        self.ended = asyncio.get_running_loop().create_future()

    def quic_event_received(self, event):
        if isinstance(event, ConnectionTerminated):
            if not self.ended.done():
                self.ended.set_result(event.error_code)
        elif self.http is not None:
            for part in self.http.handle_event(event):
                if isinstance(part, HeadersReceived):
                    assert dict(part.headers)[b":status"] == b"200", part.headers
                if isinstance(part, DataReceived):
                    self.take(part.stream_id, part.data, part.stream_ended)
        elif isinstance(event, StreamDataReceived):
            self.take(event.stream_id, event.data, event.end_stream)

    def take(self, stream, data, ended):
        self.got[stream] = self.got.get(stream, b"") + data
        whole = self.http is None and len(self.got[stream]) == 2 + int.from_bytes(self.got[stream][:2])
        if (ended or whole) and not self.waiting[stream].done():
            self.waiting[stream].set_result(self.got[stream] if ended else None)

    async def ask(self, how, number):
        stream = self._quic.get_next_available_stream_id()
        self.waiting[stream] = asyncio.get_running_loop().create_future()
        message = query(number, how == "doq-keepalive")
        if how == "h3":
            dns = base64.urlsafe_b64encode(message).rstrip(b"=")
            post = number % 2
            self.http.send_headers(stream, [
                (b":method", b"POST" if post else b"GET"), (b":scheme", b"https"), (b":authority", b"x"),
                (b":path", b"/dns-query" if post else b"/dns-query?dns=" + dns),
                (b"content-type", b"application/dns-message")], end_stream=not post)
            if post:
                self.http.send_data(stream, message, end_stream=True)
        else:
            length = 1000 if how == "doq-unframed" else len(message)
            if how == "doq-id":
                message = b"\0\7" + message[2:]
            framed = struct.pack("!H", length) + message
            self._quic.send_stream_data(stream, framed * (2 if how == "doq-two" else 1), end_stream=True)
        self.transmit()
        await asyncio.wait([self.waiting[stream], self.ended], return_when=asyncio.FIRST_COMPLETED)
        if self.ended.done():
            return "closed %d" % self.ended.result()
        reply = self.waiting[stream].result()
        if reply is None:
            return "unended"
        reply = reply if how == "h3" else reply[2:]
        at = reply.index(b"\xc0\x0c\0\1\0\1") + 12
        return ".".join(str(b) for b in reply[at:at + 4])


def crowd(port, alpn, name):
    """First packets of clients that never say more, as from addresses that are not theirs."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for _ in range(300):
            connection = QuicConnection(
                configuration=QuicConfiguration(is_client=True, alpn_protocols=[alpn], server_name=name))
            connection.connect(("127.0.0.1", port), now=time.time())
            for data, _ in connection.datagrams_to_send(now=time.time()):
                stranger.sendto(data, ("127.0.0.1", port))
            time.sleep(0.005)  # no more than a socket's buffer holds


async def main(how, port, ca, name, count):
    how, _, crowded = how.partition("-crowd") if how.endswith("-crowd") else (how, "", None)
    alpn = "h3" if how == "h3" else "doq"
    if how.endswith("-alpn"):
        alpn = "nobody"
    if crowded is not None:
        crowd(port, alpn, name)
    configuration = QuicConfiguration(is_client=True, alpn_protocols=[alpn], server_name=name)
    configuration.load_verify_locations(ca)
    wait = alpn != "nobody"
    async with connect("127.0.0.1", port, configuration=configuration, create_protocol=Client, wait_connected=wait) as client:
        if not wait:
            client.transmit()
            print("closed %d" % await client.ended)
            return
        if how == "h3":
            client.http = H3Connection(client._quic)
        if crowded is not None:
            print(client._quic._retry_count)
        window = 50
        for first in range(0, count, window):
            some = range(first, min(count, first + window))
            for line in await asyncio.gather(*(client.ask(how, number) for number in some)):
                print(line)


asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5])))
