#!/usr/bin/python3
"""tls_front.py PEM ADDRESS PORT TARGET: a TLS server on ADDRESS:PORT that hands each stream on to the unix socket TARGET. PEM: its
key and certificate.
"""
import asyncio
import contextlib
import socket
import ssl
import sys

_PIECE = 65536


async def hand_on(reader, writer):
    with contextlib.suppress(OSError, ssl.SSLError):
        while data := await reader.read(_PIECE):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError, RuntimeError, ssl.SSLError):
        writer.close()  # which ends the other direction, too: TLS streams are not closed by halves


async def serve(target, reader, writer):
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        from_target, to_target = await asyncio.open_unix_connection(target)
    except OSError:  # nobody is there at the moment
        writer.close()
        return
    await asyncio.gather(hand_on(reader, to_target), hand_on(from_target, writer))


async def main(pem, address, port, target):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = await asyncio.start_server(lambda reader, writer: serve(target, reader, writer), address, port, ssl=context)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
