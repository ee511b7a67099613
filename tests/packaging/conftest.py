"""The wheel, built once, and a new project that followed the README's lines."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.packaging.project import (
    DEPLOYED,
    MODELS,
    OWN_SETTINGS,
    ROOT,
    Project,
    append,
    pip,
)
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
def packages(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel is installed into."""
    folder = tmp_path_factory.mktemp("packages")
    pip("install", "--no-deps", "--target", folder, wheel)
    return folder


@pytest.fixture(scope="session")
def deployed_project(
    packages: Path, readme: Steps, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """A new project that followed the README, with the settings of a deployed server."""
    return started(tmp_path_factory.mktemp("project"), packages, readme, DEPLOYED)


@pytest.fixture(scope="session")
def laptop_project(
    packages: Path, readme: Steps, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """The same as `startproject` leaves it: ``DEBUG`` is on, no host is named."""
    return started(tmp_path_factory.mktemp("laptop"), packages, readme)


def started(folder: Path, packages: Path, readme: Steps, settings: str = "") -> Project:
    """As `startproject` makes it, with tenants of its own, and then the README's lines."""
    made = Project(folder, packages)
    made.python("-m", "django", "startproject", "shop", ".")
    made.manage("startapp", "tenants")
    (made.folder / "tenants" / "models.py").write_text(MODELS)
    append(made.folder / "shop" / "settings.py", OWN_SETTINGS + settings)
    made.manage("makemigrations", "tenants")
    append(made.folder / "shop" / "settings.py", readme.settings)
    append(made.folder / "shop" / "urls.py", readme.urls)
    for command in readme.commands:
        made.manage(*command)
    return made
