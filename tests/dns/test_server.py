"""The name server of the tests."""

from __future__ import annotations

import asyncio
import errno
import socket
from typing import TYPE_CHECKING

import pytest

from tests.dns.server import NameServer, Reply
from tlsrpt.dns import lookup

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[socket.socket]]:
    """Sockets for UDP that take the first two TCP ports that a server gets."""
    start_server = asyncio.start_server
    sockets: list[socket.socket] = []

    async def start(*arguments: object) -> asyncio.Server:
        server = await start_server(*arguments)  # type: ignore[arg-type]
        if len(sockets) < 2:
            sockets.append(socket.socket(type=socket.SOCK_DGRAM))
            sockets[-1].bind(server.sockets[0].getsockname())
        return server

    monkeypatch.setattr(asyncio, "start_server", start)
    yield sockets
    for each in sockets:
        each.close()


def test_a_server_takes_a_port_that_is_free_for_udp_too(taken: list[socket.socket]) -> None:
    long = Reply(texts=(f"v=TLSRPTv1; rua=https://r.example/{5000 * 'a'}",))
    with NameServer({}, default=long) as server:
        ports = [each.getsockname()[1] for each in taken]
        assert len(ports) == 2
        assert server.port
        assert server.port not in ports
        assert lookup("example.com", resolver=server.resolver).status == "found"
        assert [query.tcp for query in server.queries] == [False, True]


def test_other_errors_are_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(asyncio.BaseEventLoop, "create_datagram_endpoint", fail)
    server = NameServer({})
    with pytest.raises(OSError, match="Too many open files"):
        asyncio.run(server._start())
    server._loop.close()
