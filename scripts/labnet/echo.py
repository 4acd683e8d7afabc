#!/usr/bin/python3
"""echo.py PATH ADDRESS PORT: gives back what it gets, on the unix socket PATH and on ADDRESS:PORT. Measures a raw round trip."""
import asyncio
import os
import socket
import sys


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        connection = transport.get_extra_info("socket")
        if connection.family == socket.AF_INET:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data):
        self.transport.write(data)


async def main(path, address, port):
    if os.path.exists(path):
        os.unlink(path)
    loop = asyncio.get_running_loop()
    on_path = await loop.create_unix_server(Echo, path)
    await loop.create_server(Echo, address, port)
    print("ready", flush=True)
    await on_path.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
