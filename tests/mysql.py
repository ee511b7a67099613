"""The driver for MariaDB and MySQL: mysqlclient where it is installed, else PyMySQL."""

from __future__ import annotations

from importlib.util import find_spec

__all__ = ["use_a_driver"]


def use_a_driver(engine: str) -> None:
    """Where Django's MySQL backend is the engine, see to it that it finds a driver."""
    if engine == "django.db.backends.mysql" and find_spec("MySQLdb") is None:
        import pymysql

        pymysql.install_as_MySQLdb()
