"""What nginx does with `proxy_request_buffering on`, in forty lines: read a whole request, then pass it on."""

import asyncio
import sys

BODY_TIMEOUT = 5.0


async def request_from(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    return head + await asyncio.wait_for(reader.readexactly(length), BODY_TIMEOUT)


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    try:
        request = await request_from(reader)
        upstream, sender = await asyncio.open_connection("127.0.0.1", port)
        sender.write(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        writer.write(await upstream.read())
        await writer.drain()
        sender.close()
    except (OSError, asyncio.IncompleteReadError, TimeoutError):
        pass
    finally:
        writer.close()


async def main(port: int) -> None:
    server = await asyncio.start_server(lambda r, w: pass_on(r, w, port), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
