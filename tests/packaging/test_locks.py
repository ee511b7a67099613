"""What a lock says is what is installed, whatever was released since."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pip
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import noxfile
from tests.packaging.project import ROOT
from tests.packaging.wheels import wheel

LOCKS = ROOT / "requirements"
NEWER = "99999"
_PIN = re.compile(r"^([\w.-]+)==([^\s;]+)", re.MULTILINE)
#: The first patch release of each Python, which is what markers bite on, and a later one.
PYTHONS = ["3.11.0", "3.11.9", "3.12.0", "3.13.0"]
Pins = dict[str, str]


def pins(file: Path) -> Pins:
    return {canonicalize_name(name): pin for name, pin in _PIN.findall(file.read_text())}


class Index:
    """A folder of wheels, the locks of what is in it, and the environment that knows no other."""

    def __init__(self, folder: Path) -> None:
        self.wheels, self.locks = folder / "wheels", folder / "locks"
        self.wheels.mkdir()
        self.locks.mkdir()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
        self.env = kept | {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_CONFIG_FILE": os.devnull,
        }

    def add(self, name: str, version: str, **about: Any) -> str:
        """A package, and a newer release of it. The line of the lock for the former."""
        wheel(self.wheels, name, NEWER, **about)
        digest = wheel(self.wheels, name, version, **about)
        return f"{name}=={version} --hash=sha256:{digest}\n"

    def run(self, *command: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(word) for word in command],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def make(self, venv: Path, target: str) -> subprocess.CompletedProcess[str]:
        return self.run(
            *("make", "--no-print-directory", f"VENV={venv}", f"LOCKS={self.locks}"),
            *(f"PYTHON={sys.executable}", venv / target),
        )


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path)


@pytest.fixture
def strict(index: Index) -> Path:
    """A lock that strips the extra, as ours do, beside a release that has come since."""
    lines = index.add("alpha", "1.0", requires=["beta[toml]>=1"])
    lines += index.add("beta", "1.0", extras=["toml"], requires=['gamma; extra == "toml"'])
    lines += index.add("gamma", "1.0")
    lock = index.locks / "suite.txt"
    lock.write_text(lines)
    return lock


@pytest.fixture
def venv(index: Index) -> Path:
    """An environment with pip and nothing else, without the half minute that making one takes."""
    folder = index.locks / "venv"
    packages = folder / "packages"
    shutil.copytree(Path(pip.__file__).parent, packages / "pip")
    python = folder / "bin" / "python"
    python.parent.mkdir()
    python.write_text(
        f"#!/bin/sh\nexport PYTHONPATH={packages} PIP_TARGET={packages}\n"
        f'exec {sys.executable} -S "$@"\n'
    )
    python.chmod(0o755)
    return folder


def installed_in(folder: Path) -> Pins:
    names = [path.name.removesuffix(".dist-info") for path in folder.rglob("*.dist-info")]
    split = [name.rpartition("-") for name in names]
    return {canonicalize_name(name): version for name, _, version in split}


def test_a_newer_release_would_break_an_install_that_resolves(index: Index, strict: Path) -> None:
    folder = index.locks / "packages"
    install = (sys.executable, "-m", "pip", "install", "--require-hashes", "--target", folder)
    done = index.run(*install, "-r", strict)
    assert done.returncode
    assert "must have their versions pinned" in done.stdout


@pytest.mark.slow
def test_make_installs_the_locks_whatever_was_released_since(index: Index, venv: Path) -> None:
    """Each package of our own lock, as it is installed here, beside a newer release of it."""
    wanted: Pins = {}
    lines = ""
    for name in pins(LOCKS / "test.txt"):
        try:
            here = distribution(name)
        except PackageNotFoundError:
            continue  # `make nox` installs the suite's lock, without the tools
        wanted[name] = here.version
        lines += index.add(
            name,
            here.version,
            requires=here.requires or (),
            extras=here.metadata.get_all("Provides-Extra") or (),
        )
    assert wanted.keys() >= pins(LOCKS / "suite.txt").keys()
    (index.locks / "test.txt").write_text(lines)
    (index.locks / "demo.txt").write_text("")

    done = index.make(venv, ".test")
    assert done.returncode == 0, done.stdout
    assert installed_in(venv) == wanted


def test_make_says_what_a_lock_lacks(index: Index, strict: Path, venv: Path) -> None:
    incomplete = [line for line in strict.read_text().splitlines(True) if "beta" not in line]
    (index.locks / "test.txt").write_text("".join(incomplete))
    (index.locks / "demo.txt").write_text("")
    done = index.make(venv, ".test")
    assert done.returncode
    assert "alpha 1.0 requires beta" in done.stdout
    assert not (venv / ".test").exists()


@pytest.mark.slow
def test_nox_installs_the_locks_whatever_was_released_since(index: Index, strict: Path) -> None:
    class Session:
        def __init__(self) -> None:
            self.checked: list[tuple[str, ...]] = []
            self.installed: list[tuple[str, ...]] = []

        def install(self, *arguments: str) -> None:
            self.installed.append(arguments)

        def run(self, *command: str, **_: object) -> None:
            self.checked.append(command)

    session: Any = Session()
    noxfile._install(session, "django-6.1")
    assert session.checked == [("python", "-m", "pip", "check")]
    assert [words[-1] for words in session.installed] == [
        "requirements/suite.txt",
        "requirements/django-6.1.txt",
    ]
    folder = index.locks / "packages"
    for words in session.installed:
        install = (sys.executable, "-m", "pip", "install", "--target", folder, *words[:-1])
        done = index.run(*install, strict)
        assert done.returncode == 0, done.stdout
    assert installed_in(folder) == {"alpha": "1.0", "beta": "1.0", "gamma": "1.0"}


# --- The stamps ----------------------------------------------------------------------------------


class Stamps:
    """A virtual environment whose Python only writes down what it is told to do."""

    def __init__(self, index: Index) -> None:
        self.index, self.venv = index, index.locks / "venv"
        self.log = index.locks / "log"
        self.log.touch()
        python = self.venv / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\necho "$*" >> {self.log}\n')
        python.chmod(0o755)
        self.lock("1")

    def lock(self, version: str) -> None:
        for name in ("demo", "test"):
            (self.index.locks / f"{name}.txt").write_text(f"{name} {version}\n")

    def installs(self, target: str) -> list[str]:
        """The locks that are installed for this target."""
        self.log.write_text("")
        done = self.index.make(self.venv, target)
        assert done.returncode == 0, done.stdout
        return re.findall(r"-r \S+/(\w+)\.txt$", self.log.read_text(), re.MULTILINE)


@pytest.fixture
def stamps(index: Index) -> Stamps:
    return Stamps(index)


def newer(index: Index) -> None:
    """As a fresh checkout leaves them."""
    for file in index.locks.glob("*.txt"):
        os.utime(file, (4e9, 4e9))


def test_the_demo_needs_nothing_more_than_the_tests(index: Index, stamps: Stamps) -> None:
    assert stamps.installs(".test") == ["test"]
    assert stamps.installs(".demo") == []
    newer(index)
    assert stamps.installs(".demo") == []
    (stamps.venv / ".demo").unlink()
    assert stamps.installs(".demo") == []
    assert stamps.installs(".test") == []


def test_the_tests_need_more_than_the_demo(stamps: Stamps) -> None:
    assert stamps.installs(".demo") == ["demo"]
    assert stamps.installs(".test") == ["test"]


def test_a_changed_lock_is_installed(index: Index, stamps: Stamps) -> None:
    stamps.installs(".test")
    stamps.lock("2")
    newer(index)
    assert stamps.installs(".demo") == ["demo"]
    stamps.lock("1")  # back on the other branch: the demo's packages are those of lock 2
    newer(index)
    assert stamps.installs(".test") == ["test"]


# --- The files -----------------------------------------------------------------------------------


def test_every_command_that_installs_a_lock_is_one_that_does_not_resolve() -> None:
    files = [ROOT / name for name in ("Makefile", "noxfile.py", ".ci/run", "README.md")]
    files += [ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    found = []
    for file in files:
        for line in file.read_text().replace("\\\n", "").splitlines():
            command = re.search(r"(pip\S* install|session\.install).*", line)
            if command and re.search(r"""(^|[\s"'])-r\b|--requirement""", command[0]):
                found.append(command[0])
    assert len(found) >= 2
    assert [c for c in found if "--no-deps" not in c or "--require-hashes" not in c] == []


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", ["demo", "suite"])
def test_a_lock_is_complete_on_every_python(name: str, python: str) -> None:
    """With the packages that extras bring, which `pip check` does not look at."""
    environment = {"python_version": python.rpartition(".")[0], "python_full_version": python}
    lock = pins(LOCKS / f"{name}.txt")
    waiting = wanted_in(LOCKS / f"{name}.in")
    seen: set[tuple[str, str]] = set()
    assert len(waiting) >= 6
    while waiting:
        requirement = waiting.pop()
        found = canonicalize_name(requirement.name)
        assert found in lock, f"{requirement} on {python}"
        for extra in ("", *requirement.extras):
            if (found, extra) in seen:
                continue
            seen.add((found, extra))
            for line in distribution(found).requires or ():
                needed = Requirement(line)
                if not needed.marker or needed.marker.evaluate({**environment, "extra": extra}):
                    waiting.append(needed)


def wanted_in(file: Path) -> list[Requirement]:
    lines = [line.strip() for line in file.read_text().splitlines()]
    wanted = [Requirement(line) for line in lines if re.match(r"\w", line)]
    for line in lines:
        if line.startswith("-r "):
            wanted += wanted_in(file.parent / line.removeprefix("-r "))
    return wanted


@pytest.mark.parametrize("file", sorted(LOCKS.iterdir()), ids=lambda file: file.name)
def test_no_requirements_file_names_an_index(file: Path) -> None:
    options = re.findall(r"^\s*(-\S+)", file.read_text(), re.MULTILINE)
    assert {option.partition("=")[0] for option in options} <= {"-r", "--hash"}
    assert "://" not in file.read_text()


def test_a_lock_holds_all_that_those_below_it_hold() -> None:
    demo, suite, test = (pins(LOCKS / f"{name}.txt").items() for name in ("demo", "suite", "test"))
    assert demo <= suite <= test


def test_the_floors_are_those_that_the_package_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = [Requirement(line) for line in project["dependencies"]]
    for lines in project["optional-dependencies"].values():
        named += [Requirement(line) for line in lines]
    floors = pins(LOCKS / "floors.txt")
    for requirement in named:
        (bound,) = requirement.specifier
        assert bound.operator == ">="
        assert Version(bound.version) == Version(floors[canonicalize_name(requirement.name)])
    wanted = pins(LOCKS / "floors.in")
    assert wanted.keys() == {canonicalize_name(requirement.name) for requirement in named}


def test_the_hints_of_the_checks_name_the_floors() -> None:
    said = (ROOT / "stackone_connect" / "checks" / "packages.py").read_text()
    floors = pins(LOCKS / "floors.in")
    for name, version in re.findall(r"(drf-spectacular|django-tasks) ([\d.]+) or newer", said):
        short = ".".join(floors[name].split(".")[:2])
        assert version == short


def test_every_target_that_a_person_types_is_in_the_help() -> None:
    text = (ROOT / "Makefile").read_text()
    phony = set(" ".join(re.findall(r"^\.PHONY:(.*)$", text, re.MULTILINE)).split())
    targets = set(re.findall(r"^([a-z][\w-]*):(?!=)", text, re.MULTILINE))
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    helped = re.findall(r"^make ([\w-]+) ", shown, re.MULTILINE)
    assert sorted(helped) == sorted(phony - {"help"})
    assert targets == phony


def test_ci_runs_nothing_that_depends_on_the_day() -> None:
    steps = (ROOT / ".ci" / "run").read_text()
    assert "newest" not in steps
    assert "explore" not in steps
    assert "--upgrade" not in steps
