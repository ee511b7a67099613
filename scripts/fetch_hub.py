"""Fetch StackOne's published hub, verify it, and put its element where it is served.

Installed files are verified again at each start, byte for byte, and removed if they differ.

``npm pack`` downloads the one package, without its dependencies and without running its scripts.
Without npm this prints a message and succeeds: the demo then uses StackOne's hosted page.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "@stackone/hub@1.11.4"
INTEGRITY = (
    "sha512-"
    "qDl+GFfel27aiCndmqHHEug1pKXtldhhBy8JpbzTv/dAP6IPiGWJuX+KEJbJy7vUrR3ONgHPvvEkMfJJylpYCA=="
)
#: The script refers to the source map; static file storages with a manifest fail without it.
FILES = {"webcomponent.js": "stackone-hub.js", "webcomponent.js.map": "webcomponent.js.map"}
FOLDER = Path(__file__).resolve().parent.parent / "example_project/static/vendor"
#: The hashes of the package and of each file, from when the package was verified.
RECORD = FOLDER / "stackone-hub.integrity"


def is_there() -> bool:
    """Whether the served files are, byte for byte, those of the verified package.

    The record alone is not enough: a file may have been changed, truncated or replaced since.
    """
    try:
        recorded = json.loads(RECORD.read_text(encoding="utf-8"))
        served = {name: integrity((FOLDER / name).read_bytes()) for name in FILES.values()}
    except (OSError, ValueError):
        return False
    return bool(recorded == {PACKAGE: INTEGRITY, **served})


def integrity(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def packed(npm: str) -> bytes:
    """The package's archive from npm. Raises ``CalledProcessError`` if npm fails."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [npm, "pack", PACKAGE, "--loglevel=error", "--pack-destination", folder],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            timeout=300,
        )
        (archive,) = Path(folder).glob("*.tgz")
        return archive.read_bytes()


def remove() -> None:
    """Remove files that are not those of the verified package, even if it can't be fetched."""
    for path in (RECORD, *(FOLDER / name for name in FILES.values())):
        path.unlink(missing_ok=True)


def install(archive: bytes) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    recorded = {PACKAGE: INTEGRITY}
    with tarfile.open(fileobj=io.BytesIO(archive)) as package:
        for name, served_as in FILES.items():
            member = package.extractfile(f"package/dist/{name}")
            if member is None:
                raise FileNotFoundError(name)
            content = member.read()
            (FOLDER / served_as).write_bytes(content)
            recorded[served_as] = integrity(content)
    RECORD.write_text(json.dumps(recorded, indent=2), encoding="utf-8")


def main() -> int:
    if is_there():
        return 0
    remove()
    npm = shutil.which("npm")
    if npm is None:
        print("npm was not found, so StackOne's hub is not installed in the page;")
        print("Connect will open the hosted page instead. Install Node 20 and run this again.")
        return 0
    try:
        archive = packed(npm)
    except (subprocess.SubprocessError, OSError) as error:
        print(f"npm could not fetch {PACKAGE} ({error}); the page works without the hub.")
        return 0
    if integrity(archive) != INTEGRITY:
        print(f"{PACKAGE} does not have the expected hash; it is not used.")
        return 1
    install(archive)
    print(f"Fetched {PACKAGE}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
