"""Takes bytes out of gRPC (grpcio's server) or HTTPUpgrade (the standard library's HTTP parser) and
relays them to a TCP server.

    carrier_relay.py grpc|httpupgrade TARGET_PORT [CERTIFICATE KEY]

Prints "ready PORT".
"""

import asyncio
import http.server
import socket
import socketserver
import sys
import threading


def relay_httpupgrade(target):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 0

        def do_GET(self):
            if self.path != "/road" or self.headers["Upgrade"] != "websocket":
                self.send_error(404)
                return
            self.send_response(101)
            self.send_header("Connection", "Upgrade")
            self.send_header("Upgrade", "websocket")
            self.end_headers()
            with socket.create_connection(("127.0.0.1", target)) as server:
                back = threading.Thread(target=self.copy, args=(server.recv, self.connection), daemon=True)
                back.start()
                self.copy(self.rfile.read1, server)
                back.join(5)
            self.close_connection = True

        def copy(self, read, to):
            try:
                while piece := read(65536):
                    to.sendall(piece)
                to.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        def log_message(self, *_):
            pass

    class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
        daemon_threads = True
        request_queue_size = 1024

    server = Server(("127.0.0.1", 0), Handler)
    print("ready", server.server_port, flush=True)
    server.serve_forever()


async def relay_grpc(target, certificate, key):
    import grpc
    from google.protobuf.wrappers_pb2 import BytesValue

    async def tun(requests, context):
        # BytesValue has the bytes in field 1, as the message of these tunnels has them.
        reader, writer = await asyncio.open_connection("127.0.0.1", target)

        async def up():
            async for message in requests:
                writer.write(message.value)
                await writer.drain()
            writer.write_eof()

        sending = asyncio.ensure_future(up())
        try:
            while piece := await reader.read(65536):
                yield BytesValue(value=piece)
        finally:
            sending.cancel()
            writer.close()

    server = grpc.aio.server()
    handler = grpc.stream_stream_rpc_method_handler(
        tun, request_deserializer=BytesValue.FromString, response_serializer=BytesValue.SerializeToString
    )
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("gander", {"Tun": handler}),))
    if certificate:
        with open(certificate, "rb") as chain, open(key, "rb") as private:
            credentials = grpc.ssl_server_credentials([(private.read(), chain.read())])
        port = server.add_secure_port("127.0.0.1:0", credentials)
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print("ready", port, flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    if sys.argv[1] == "grpc":
        asyncio.run(relay_grpc(int(sys.argv[2]), *(sys.argv[3:5] if len(sys.argv) > 3 else (None, None))))
    else:
        relay_httpupgrade(int(sys.argv[2]))
