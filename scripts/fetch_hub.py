"""Fetch StackOne's published hub, check what came, and put its element where it is served.

``npm pack`` downloads the one package, without dependencies and without running anything of it.
On a machine without npm this says so and succeeds: the demo then uses StackOne's hosted page.
"""

from __future__ import annotations

import base64
import hashlib
import io
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
#: The source map comes along because the script names it, and static file manifests insist.
FILES = {"webcomponent.js": "stackone-hub.js", "webcomponent.js.map": "webcomponent.js.map"}
FOLDER = Path(__file__).resolve().parent.parent / "example_project/static/vendor"
RECORD = FOLDER / "stackone-hub.integrity"


def is_there() -> bool:
    return RECORD.exists() and RECORD.read_text(encoding="utf-8") == INTEGRITY


def integrity(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def packed(npm: str) -> bytes:
    """The package's archive as npm brings it. Raises ``CalledProcessError`` when it can't."""
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


def install(archive: bytes) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    RECORD.unlink(missing_ok=True)
    with tarfile.open(fileobj=io.BytesIO(archive)) as package:
        for name, served_as in FILES.items():
            member = package.extractfile(f"package/dist/{name}")
            if member is None:
                raise FileNotFoundError(name)
            (FOLDER / served_as).write_bytes(member.read())
    RECORD.write_text(INTEGRITY, encoding="utf-8")


def main() -> int:
    if is_there():
        return 0
    npm = shutil.which("npm")
    if npm is None:
        print("No npm here, so StackOne's hub is not installed in the page;")
        print("Connect will open the hosted page instead. Install Node 20 and run this again.")
        return 0
    try:
        archive = packed(npm)
    except (subprocess.SubprocessError, OSError) as error:
        print(f"npm could not fetch {PACKAGE} ({error}); going on without the hub in the page.")
        return 0
    if integrity(archive) != INTEGRITY:
        print(f"{PACKAGE} is not what it was when this was written; it is not used.")
        return 1
    install(archive)
    print(f"Fetched {PACKAGE}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
