#!/usr/bin/env python3
"""A DNS server over QUIC (RFC 9250) and HTTP/3 (RFC 8484) on aioquic: every name is 192.0.2.80.

    quic_server.py CERTIFICATE KEY [DOQ_PORT H3_PORT [ADDRESS]]

Prints `ready DOQ_PORT H3_PORT` once it serves on ADDRESS, else 127.0.0.1; after that a line per handshake, and one per
question over QUIC: `early STREAM` if it came before the handshake was over, in 0-RTT, else `late STREAM`.
"""
import asyncio, base64, struct, sys

from aioquic.asyncio import QuicConnectionProtocol, serve
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import HandshakeCompleted, StreamDataReceived


def answer(query):
    end = 12
    while query[end]:
        end += query[end] + 1
    return (query[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + query[12:end + 5]
            + b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\x50")


class Protocol(QuicConnectionProtocol):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.http, self.got, self.paths, self.shaken = None, {}, {}, False

    def quic_event_received(self, event):
        if isinstance(event, HandshakeCompleted):
            self.shaken = True
            resumed = "resumed" if event.session_resumed else "new"
            print("connection", event.alpn_protocol, resumed, flush=True)
            if event.alpn_protocol == "h3":
                self.http = H3Connection(self._quic)
        if self.http is not None:
            for part in self.http.handle_event(event):
                self.http_event(part)
        elif isinstance(event, StreamDataReceived):
            self.doq(event)
        self.transmit()

    def doq(self, event):
        got = self.got.setdefault(event.stream_id, bytearray())
        got += event.data
        if event.end_stream:
            (length,) = struct.unpack("!H", got[:2])
            if length != len(got) - 2 or got[2:4] != b"\0\0":
                self._quic.close(error_code=2, reason_phrase="length or ID")  # DOQ_PROTOCOL_ERROR
                return
            print("late" if self.shaken else "early", event.stream_id, flush=True)
            reply = answer(bytes(got[2:]))
            self._quic.send_stream_data(
                event.stream_id, struct.pack("!H", len(reply)) + reply, end_stream=True)

    def http_event(self, event):
        if isinstance(event, HeadersReceived):
            self.paths[event.stream_id] = dict(event.headers)
        if isinstance(event, DataReceived):
            self.got.setdefault(event.stream_id, bytearray()).extend(event.data)
        if isinstance(event, (HeadersReceived, DataReceived)) and event.stream_ended:
            self.http_answer(event.stream_id)

    def http_answer(self, stream):
        headers = self.paths[stream]
        if headers[b":method"] == b"GET":
            text = headers[b":path"].split(b"dns=")[1]
            query = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
        else:
            query = bytes(self.got[stream])
        self.http.send_headers(
            stream, [(b":status", b"200"), (b"content-type", b"application/dns-message")])
        self.http.send_data(stream, answer(query), end_stream=True)


async def main():
    ports = [int(port) for port in sys.argv[3:5]] or [0, 0]
    address = sys.argv[5] if len(sys.argv) > 5 else "127.0.0.1"
    tickets, bound = {}, []
    for alpn, port in (("doq", ports[0]), ("h3", ports[1])):
        configuration = QuicConfiguration(is_client=False, alpn_protocols=[alpn])
        configuration.load_cert_chain(sys.argv[1], sys.argv[2])
        server = await serve(
            address, port, configuration=configuration, create_protocol=Protocol,
            session_ticket_handler=lambda ticket: tickets.__setitem__(ticket.ticket, ticket),
            session_ticket_fetcher=lambda ticket: tickets.pop(ticket, None))
        bound.append(server._transport.get_extra_info("sockname")[1])
    print("ready", *bound, flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
