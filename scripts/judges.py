"""Test the sandbox with StackOne's own SDK, unchanged from npm.

``npm ci`` installs what ``judges/package-lock.json`` lists with hashes. Exits with 1 at the first
response that the SDK's own schemas reject, and on a machine without Node.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

from scripts.running_site import ROOT, Site, SiteError, running_site

FOLDER = ROOT / "judges"


class JudgesError(Exception):
    """The SDK could not be run; the message says why."""


def install() -> None:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise JudgesError("StackOne's SDK needs Node 20 or newer, with npm.")
    if not run(npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"):
        raise JudgesError("npm could not install StackOne's SDK.")


def check(site: Site, *arguments: str) -> bool:
    """Whether the SDK found nothing wrong; it prints what it finds."""
    return run("node", "sdk.mjs", f"{site.url}/sandbox", *arguments)


def run(*command: str) -> bool:
    """Whether the command succeeded. Its output is not captured."""
    sys.stdout.flush()
    return subprocess.run(command, cwd=FOLDER, check=False).returncode == 0


def main() -> int:
    try:
        install()
        with running_site() as site:
            print("StackOne's SDK against the sandbox")
            results = [check(site, "--as-it-is")]
            # This version of the SDK is older than StackOne's change of the type
            # (StackOne notes §20.8).
            site.manage("stackone_sandbox", "fault", "organization_id_number")
            results.append(check(site))
            print("the same, while fields are added and calls are limited")
            site.manage("stackone_sandbox", "fault", "unknown_fields")
            for prefix in ("accounts", "connect_sessions"):
                options = ("--prefix", prefix, "--seconds", "1", "--times", "2")
                site.manage("stackone_sandbox", "fault", "rate_limited", *options)
            results.append(check(site))
    except (JudgesError, SiteError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
