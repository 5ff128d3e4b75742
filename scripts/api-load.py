#!/usr/bin/env python3
"""Calls a running API from many clients at once, and prints how long the answers took.

    CUSIP_API_TOKEN=… scripts/api-load.py http://127.0.0.1:8000 [CLIENTS [SECONDS]]

Half of the clients call /health and half /jobs, each on its own connection, one request after another.
Start a load first to see how it slows them down.
"""
import asyncio
import os
import sys
import time
from urllib.parse import urlsplit

PATHS = ["/health", "/jobs"]


async def client(host, port, path, until, times, errors):
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\n"
        f"Authorization: Bearer {os.environ['CUSIP_API_TOKEN']}\r\n\r\n"
    ).encode()
    reader, writer = await asyncio.open_connection(host, port)
    while time.monotonic() < until:
        started = time.monotonic()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode().lower().split("\r\n")
        length = next(int(line.split(":")[1]) for line in lines if line.startswith("content-length"))
        await reader.readexactly(length)
        times[path].append(time.monotonic() - started)
        if " 200 " not in lines[0]:
            errors.append((path, lines[0]))
    writer.close()


async def main():
    address = urlsplit(sys.argv[1])
    clients = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 30
    times, errors = {path: [] for path in PATHS}, []
    until = time.monotonic() + seconds
    asked = [
        client(address.hostname, address.port, PATHS[index % 2], until, times, errors)
        for index in range(clients)
    ]
    failures = [failure for failure in await asyncio.gather(*asked, return_exceptions=True) if failure]
    for path, took in times.items():
        took.sort()
        share = lambda part: took[int(len(took) * part)] * 1000 if took else 0.0
        print(
            f"{path}: {len(took)} answers, {len(took) / seconds:.0f} a second, "
            f"p50 {share(0.5):.1f} ms, p99 {share(0.99):.1f} ms, longest {share(0.999999):.1f} ms"
        )
    print(f"answers that were not 200: {len(errors)} {errors[:3]}; broken connections: {failures[:3]}")


asyncio.run(main())
