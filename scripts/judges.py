"""StackOne's own SDK, from npm and unchanged, judges the sandbox.

``npm ci`` installs what ``judges/package-lock.json`` names by its hash. Ends with exit code 1 for
the first answer that the SDK's own schemas refuse, and for a machine without Node.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

from scripts.running_site import ROOT, Site, SiteError, running_site

FOLDER = ROOT / "judges"


class JudgesError(Exception):
    """They could not be heard; the message says why."""


def install() -> None:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise JudgesError("StackOne's SDK needs Node 20 or newer, with npm.")
    if not run(npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"):
        raise JudgesError("npm could not install StackOne's SDK.")


def hear(site: Site, *arguments: str) -> bool:
    """Whether the SDK found nothing wrong; it prints what it sees."""
    return run("node", "sdk.mjs", f"{site.url}/sandbox", *arguments)


def run(*words: str) -> bool:
    """Whether it ended well. It prints for itself."""
    sys.stdout.flush()
    return subprocess.run(words, cwd=FOLDER, check=False).returncode == 0


def main() -> int:
    try:
        install()
        with running_site() as site:
            print("StackOne's SDK against the sandbox")
            verdicts = [hear(site, "--as-it-is")]
            # This version of the SDK is older than the change of the type (hub §8).
            site.manage("stackone_sandbox", "fault", "organization_id_number")
            verdicts.append(hear(site))
            print("the same, while fields are added and calls are limited")
            site.manage("stackone_sandbox", "fault", "unknown_fields")
            for prefix in ("accounts", "connect_sessions"):
                words = ("--prefix", prefix, "--seconds", "1", "--times", "2")
                site.manage("stackone_sandbox", "fault", "rate_limited", *words)
            verdicts.append(hear(site))
    except (JudgesError, SiteError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
