"""An S3-compatible object store for tests, in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: As catalogs name them: what ``s3fs`` takes.
Credentials = dict[str, Any]


@contextmanager
def object_store(bucket: str, secret: str = "a-secret") -> Iterator[Credentials]:
    """Start a server with an empty bucket, and stop it in the end; gives what opens it."""
    import s3fs
    from moto.backends import get_backend
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        credentials: Credentials = {
            "key": "analyst",
            "secret": secret,
            "client_kwargs": {"endpoint_url": f"http://{host}:{port}", "region_name": "eu-central-1"},
        }
        s3fs.S3FileSystem(**credentials).mkdir(bucket)
        yield credentials
    finally:
        get_backend("s3").reset()  # which all servers of a process share
        server.stop()
