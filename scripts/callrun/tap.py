"""tap.py LISTEN TARGET FOLDER: hands streams on and writes down what goes each way, a pair of files for each.

N.out holds what came from the side that dialled, N.in what came back. LISTEN and TARGET are HOST:PORT or unix:PATH.
"""
import asyncio
import pathlib
import re
import sys

_LENGTH = re.compile(rb"^(?:content-length|l)[ \t]*:[ \t]*(\d+)", re.IGNORECASE | re.MULTILINE)


def command(listen, target, folder):
    return ["/usr/bin/python3", "-B", __file__, listen, target, folder]


def messages(folder, suffix="out"):
    """The SIP messages in the files that a tap wrote, in the order of the links."""
    return [message for file in files(folder, suffix) for message in split(file.read_bytes())]


def files(folder, suffix):
    return sorted(pathlib.Path(folder).glob(f"*.{suffix}"), key=lambda path: int(path.stem))


def split(data):
    """The SIP messages in a stream (RFC 3261 section 18.3), pings left out."""
    found = []
    while b"\r\n\r\n" in (data := data.lstrip(b"\r\n")):
        head, _, _ = data.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        end = len(head) + 4 + (int(length[1]) if length else 0)
        found.append(data[:end])
        data = data[end:]
    return found


async def _hand_on(reader, writer, path):
    with open(path, "wb", buffering=0) as record:
        while data := await reader.read(65536):
            writer.write(data)
            record.write(data)
            await writer.drain()
    writer.close()


async def _serve(listen, target, folder):
    links = 0

    async def link(near_reader, near_writer):
        nonlocal links
        links += 1
        path = folder / str(links)
        try:
            far_reader, far_writer = await _connect(target)
        except OSError:  # as if it stood there itself
            near_writer.close()
            return
        await asyncio.gather(_hand_on(near_reader, far_writer, path.with_suffix(".out")),
                             _hand_on(far_reader, near_writer, path.with_suffix(".in")), return_exceptions=True)

    server = await _listen(link, listen)
    async with server:
        await server.serve_forever()


def _listen(link, where):
    if where.startswith("unix:"):
        return asyncio.start_unix_server(link, where.removeprefix("unix:"))
    return asyncio.start_server(link, *_address(where))


def _connect(where):
    if where.startswith("unix:"):
        return asyncio.open_unix_connection(where.removeprefix("unix:"))
    return asyncio.open_connection(*_address(where))


def _address(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])))
