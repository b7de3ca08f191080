"""A small load balancer: python -m tests.faults.balancer PORT ADDRESS...

It listens on 127.0.0.1 and hands each connection to the next host that takes it, on the same port of its address.
"""

import asyncio
import sys
from contextlib import suppress
from itertools import count

TURN = count()


async def connect(port: int, addresses: list[str]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to the next host, or to the first one after it that is there; raise OSError if none is."""
    first = next(TURN) % len(addresses)
    for address in addresses[first:] + addresses[:first]:
        with suppress(OSError):
            return await asyncio.open_connection(address, port)
    raise ConnectionRefusedError


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


async def serve(port: int, addresses: list[str]) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await connect(port, addresses)
        except OSError:
            writer.close()
            return
        await asyncio.gather(copy(reader, back), copy(there, writer))

    async with await asyncio.start_server(connected, "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2:]))
