# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other end of kube-apiserver's way to nodes, pods and services, at whose addresses nothing answers.

A stand-in serves in place of a Service's pods: `stand-ins/<namespace>.<service>` holds the address (`host:port`) of a plain HTTP server.
The proxy speaks TLS for it with the certificate that the pods would have, so what is registered has to be as on AWS: the Service must have
pods that are ready, and a webhook's caBundle must fit the Secret that they mount.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from pathlib import Path

from .routes import Refused, Route, Routes

_HEAD_BYTES = 4096
_CHUNK_BYTES = 64 * 1024


class Proxy:
    """Answers CONNECT as `routes` says."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes

    async def listen(self, socket: Path) -> asyncio.Server:
        return await asyncio.start_unix_server(self._serve, socket, limit=_CHUNK_BYTES)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ssl.SSLError):
            try:
                route = await asyncio.to_thread(self._routes.find, *await _target(reader))
                beyond = await _reach(route)
            except Refused as refusal:
                writer.write(f"HTTP/1.1 502 {refusal}\r\nContent-Length: 0\r\n\r\n".encode("latin-1", "replace"))
            else:
                await _join(reader, writer, route.context, *beyond)
        writer.close()


async def _target(reader: asyncio.StreamReader) -> tuple[str, int]:
    head = await reader.readuntil(b"\r\n\r\n")
    asked = re.match(rb"CONNECT \[?([^\s\]]+)\]?:(\d+) HTTP/1", head)
    if asked is None or len(head) > _HEAD_BYTES:
        raise Refused("only CONNECT host:port is answered here")
    return asked[1].decode("latin-1"), int(asked[2])


async def _reach(route: Route) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        return await asyncio.open_connection(route.host, route.port, limit=_CHUNK_BYTES)
    except OSError as problem:
        raise Refused(f"the stand-in for {route.service} at {route.host}:{route.port} does not answer: {problem.strerror}") from problem


async def _join(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    context: ssl.SSLContext,
    beyond_reader: asyncio.StreamReader,
    beyond_writer: asyncio.StreamWriter,
) -> None:
    """Accept, speak TLS from then on, and carry bytes both ways until both sides have said all."""
    try:
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await writer.drain()
        await writer.start_tls(context)
        await asyncio.gather(_carry(reader, beyond_writer), _carry(beyond_reader, writer))
    finally:
        beyond_writer.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK_BYTES):
        writer.write(chunk)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
    else:
        writer.close()
