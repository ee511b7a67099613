"""``make explore MINUTES=…``: random histories from new seeds, until the time is up.

Each run is a pytest process with its own seed. The seed of each failed run is printed, with the
command that repeats it; the exit code says whether any failed. Further arguments are passed to
pytest; without them, the order machine is run.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Sequence

_TESTS_FAILED = 1
#: Seconds for shrinking a failure.
_SHRINKING_SECONDS = "60"


def explore(*, minutes: float, arguments: Sequence[str]) -> int:
    """Run new seeds for this time, at least one; returns how many failed.

    Raises ``SystemExit`` with pytest's exit code if it could not run at all.
    """
    until = time.monotonic() + minutes * 60
    failed: list[int] = []
    runs = 0
    while not runs or time.monotonic() < until:
        seed = secrets.randbelow(2**32)
        code, output = _run(seed, arguments)
        runs += 1
        print(f"seed {seed}: {output.strip().rpartition(chr(10))[2]}", flush=True)
        if code > _TESTS_FAILED:
            print(output)
            raise SystemExit(code)
        if code:
            failed.append(seed)
            print(output)
            print(f"Again: {' '.join(['pytest', *_options(seed), *arguments])}", flush=True)
    print(f"{runs} seeds, {len(failed)} failed {' '.join(map(str, failed))}".rstrip())
    return len(failed)


def _options(seed: int) -> list[str]:
    return ["--hypothesis-profile=explore", f"--hypothesis-seed={seed}"]


def _run(seed: int, arguments: Sequence[str]) -> tuple[int, str]:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"),
            *(*_options(seed), *arguments),
        ],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={"EXPLORE_SHRINKING_SECONDS": _SHRINKING_SECONDS, **os.environ},
    )
    return done.returncode, done.stdout


def main(given: Sequence[str]) -> int:
    """Exit code 1 where a seed failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    options, arguments = parser.parse_known_args(given)
    return bool(explore(minutes=options.minutes, arguments=arguments or ["tests/machine"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
