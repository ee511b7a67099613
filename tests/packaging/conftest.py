"""The wheel, built once, and a new project that followed the README's lines."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.packaging.project import MODELS, OWN_SETTINGS, ROOT, Project, append, pip
from tests.packaging.readme import Steps, steps

SOURCES = ("stackone_connect", "example_project", "tests", "scripts")
FILES = ("pyproject.toml", "README.md", "LICENSE", "manage.py")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing is left beside the sources."""
    copy = tmp_path_factory.mktemp("source")
    for folder in SOURCES:
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in FILES:
        shutil.copy(ROOT / file, copy / file)
    built = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", built, copy)
    (made,) = built.glob("*.whl")
    return made


@pytest.fixture(scope="session")
def readme() -> Steps:
    return steps((ROOT / "README.md").read_text(), heading="Add it to your project")


@pytest.fixture(scope="session")
def project(wheel: Path, readme: Steps, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """As `startproject` makes it, with tenants of its own, and then the README's lines."""
    packages = tmp_path_factory.mktemp("packages")
    pip("install", "--no-deps", "--target", packages, wheel)
    made = Project(tmp_path_factory.mktemp("project"), packages)
    made.python("-m", "django", "startproject", "shop", ".")
    made.manage("startapp", "tenants")
    (made.folder / "tenants" / "models.py").write_text(MODELS)
    append(made.folder / "shop" / "settings.py", OWN_SETTINGS)
    made.manage("makemigrations", "tenants")
    append(made.folder / "shop" / "settings.py", readme.settings)
    append(made.folder / "shop" / "urls.py", "from django.urls import include\n" + readme.urls)
    for command in readme.commands:
        made.manage(*command)
    return made
