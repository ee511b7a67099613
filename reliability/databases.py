"""The database servers of a run, by their name."""

from __future__ import annotations

from reliability.mariadb import MariaDB
from reliability.postgresql import PostgreSQL

__all__ = ["SERVERS", "MariaDB", "PostgreSQL"]

SERVERS: dict[str, type[PostgreSQL | MariaDB]] = {
    server.kind: server for server in (PostgreSQL, MariaDB)
}
