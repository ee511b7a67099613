"""Tenants and ours are read from a replica that has not caught up."""

from tests.shapes.settings.base import *

DATABASES = {"default": database(), "replica": database("replica")}
DATABASE_ROUTERS = ["tests.shapes.hosts.routers.ReplicaRouter"]
