"""tap.py LISTEN TARGET FOLDER: hands a plain TCP link on and writes down what goes each way, a pair of files for each link.

N.out holds what came from the side that dialled, N.in what came back.
"""
import asyncio
import pathlib
import re
import sys

_LENGTH = re.compile(rb"^(?:content-length|l)[ \t]*:[ \t]*(\d+)", re.IGNORECASE | re.MULTILINE)


def messages(folder, suffix="out"):
    """The SIP messages in the files that a tap wrote (RFC 3261 section 18.3), pings left out; in the order of the links."""
    found = []
    for file in sorted(pathlib.Path(folder).glob(f"*.{suffix}"), key=lambda path: int(path.stem)):
        data = file.read_bytes()
        while b"\r\n\r\n" in (data := data.lstrip(b"\r\n")):
            head, _, rest = data.partition(b"\r\n\r\n")
            length = _LENGTH.search(head)
            end = len(head) + 4 + (int(length[1]) if length else 0)
            found.append(data[:end])
            data = data[end:]
    return found


async def _hand_on(reader, writer, path):
    with open(path, "wb", buffering=0) as record:
        while data := await reader.read(65536):
            record.write(data)
            writer.write(data)
            await writer.drain()
    writer.close()


async def _serve(listen, target, folder):
    links = 0

    async def link(near_reader, near_writer):
        nonlocal links
        links += 1
        path = folder / str(links)
        far_reader, far_writer = await asyncio.open_connection(*target)
        await asyncio.gather(_hand_on(near_reader, far_writer, path.with_suffix(".out")),
                             _hand_on(far_reader, near_writer, path.with_suffix(".in")), return_exceptions=True)

    server = await asyncio.start_server(link, *listen)
    async with server:
        await server.serve_forever()


def _address(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


if __name__ == "__main__":
    asyncio.run(_serve(_address(sys.argv[1]), _address(sys.argv[2]), pathlib.Path(sys.argv[3])))
