"""Servers that tests start, and ask."""

import contextlib
import random
import socket
import time
import urllib.error
import urllib.request

from .preloaded import Preloaded


def free_port() -> int:
    """Below those that the system hands out, which another test may be given; Kedro-Viz takes none above 49151."""
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as tried, contextlib.suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return port


def answers(address: str, server: Preloaded) -> bool:
    """Whether there is a page, within a minute and a half."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.5)
    return False
