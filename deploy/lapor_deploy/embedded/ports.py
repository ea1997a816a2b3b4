"""Free ports of this machine."""

from __future__ import annotations

import socket
from collections.abc import Collection

LOOPBACK = "127.0.0.1"


def free_port(taken: Collection[int] = ()) -> int:
    """A port that nothing listens on now and that is not in `taken`."""
    while True:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            port: int = probe.getsockname()[1]
        if port not in taken:
            return port


def is_free(port: int) -> bool:
    """Could a program listen on it?"""
    with socket.socket() as probe:
        # As servers do: what a server left in TIME_WAIT does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def accepts(host: str, port: int, seconds: float = 1.0) -> bool:
    """Does anything accept a connection there?"""
    try:
        with socket.create_connection((host, port), timeout=seconds):
            return True
    except OSError:
        return False
