"""Latency of a running server under a small load, as a client sees it from another process.

uv run python -m sequence_learning.serving.load --url http://127.0.0.1:5001 --request request.json
"""

import argparse
import http.client
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

_HEADERS = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Load:
    """What was measured.

    Attributes:
        seconds: time of each request, from its first byte sent to its last byte received.
        duration: seconds from the first request to the end of the last.
        errors: the answers that were none of success, as status and text.
    """

    seconds: np.ndarray
    duration: float
    errors: tuple[str, ...]

    def __str__(self) -> str:
        """In one line."""
        p50, p99 = np.percentile(self.seconds, [50, 99]) * 1000
        return (
            f"{len(self.seconds):,} requests in {self.duration:.1f} s, {len(self.seconds) / self.duration:,.0f} per "
            f"second, {len(self.errors):,} errors; p50 {p50:.1f} ms, p99 {p99:.1f} ms"
        )


def measure_load(url: str, body: bytes, connections: int, seconds: float) -> Load:
    """Send the same request again and again over connections that stay open, each waiting for its answer.

    Args:
        url: of the server, ``/invocations`` excepted.
        body: JSON, the same each time.
        connections: requests at once.
        seconds: for how long; a request that has begun is waited for.
    """
    with ThreadPoolExecutor(connections) as pool:
        start = time.perf_counter()
        workers = [pool.submit(_send_until, url, body, start + seconds) for _ in range(connections)]
        answers = [answer for worker in workers for answer in worker.result()]
        duration = time.perf_counter() - start
    return Load(np.array([took for took, _ in answers]), duration, tuple(error for _, error in answers if error))


def _send_until(url: str, body: bytes, end: float) -> list[tuple[float, str | None]]:
    """Time and error of each request; one at least."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    answers: list[tuple[float, str | None]] = []
    try:
        while not answers or time.perf_counter() < end:
            start = time.perf_counter()
            connection.request("POST", "/invocations", body, _HEADERS)
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
            error = None if response.status == http.client.OK else f"{response.status} {text}"
            answers.append((time.perf_counter() - start, error))
    finally:
        connection.close()
    return answers


def main(arguments: list[str] | None = None) -> None:
    """Measure and print; an error of the server ends with exit code 1 and its text."""
    parser = argparse.ArgumentParser(description="Measure the latency of a running server under a small load.")
    parser.add_argument("--url", default="http://127.0.0.1:5001", help="of the server")
    parser.add_argument("--request", type=Path, required=True, help="file with the JSON body")
    parser.add_argument("--connections", type=int, default=4, help="requests at once")
    parser.add_argument("--seconds", type=float, default=10, help="for how long")
    given = parser.parse_args(arguments)
    body = given.request.read_bytes()
    try:
        measure_load(given.url, body, given.connections, 0)  # the first calls of a server are slow
        load = measure_load(given.url, body, given.connections, given.seconds)
    except OSError as error:
        sys.exit(f"a server must answer at {given.url}, but: {error}; start it, or correct --url")
    print(load)
    if load.errors:
        sys.exit(load.errors[0])


if __name__ == "__main__":
    main()
