"""A new project that is not this repository, and what it has before it adds the wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent

MODELS = """
from django.contrib.auth.models import AbstractUser
from django.db import models


class Tenant(models.Model):
    name = models.CharField(max_length=100)


class Member(AbstractUser):
    organization = models.ForeignKey(Tenant, on_delete=models.CASCADE, null=True)
"""

#: What the project has before: tenants of its own.
OWN_SETTINGS = """
INSTALLED_APPS += ["tenants"]
AUTH_USER_MODEL = "tenants.Member"
"""

#: What `startproject` leaves to the server that it is deployed on.
DEPLOYED = """
DEBUG = False
ALLOWED_HOSTS = ["*"]
"""


class Project:
    """A new project, whose Python sees the installed wheel and this environment's packages."""

    def __init__(self, folder: Path, packages: Path) -> None:
        self.folder = folder
        self.packages = packages
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.env = kept | {"PYTHONPATH": str(packages), "STACKONE_API_KEY": "v1.eu1.a-key"}

    def copy(self, folder: Path) -> Project:
        """The same in another folder, so that no test finds what another wrote."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Project(folder, self.packages)

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "error::ResourceWarning", *arguments],
            cwd=self.folder,
            env=self.env | env,
            capture_output=True,
            text=True,
            check=False,
        )

    def python(self, *arguments: str, **env: str) -> str:
        done = self.run(*arguments, **env)
        assert done.returncode == 0, f"{arguments}\n{done.stdout}{done.stderr}"
        return done.stdout

    def manage(self, *arguments: str, **env: str) -> str:
        return self.python("manage.py", *arguments, **env)


def pip(*arguments: Any) -> None:
    """pip of this environment, which asks no index for anything."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", arguments[0], "--no-index", "--quiet", *arguments[1:]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def append(file: Path, lines: str) -> None:
    file.write_text(f"{file.read_text()}\n{lines}")
