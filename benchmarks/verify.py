"""Say whether the generator still makes the heads of a suite: ``python benchmarks/verify.py``."""

from __future__ import annotations

import argparse
from pathlib import Path

from fingerprint import differences
from suites import load


def main() -> None:
    """Compare, and exit with 1 where heads changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", default="v1", help="v1 or templates")
    parser.add_argument("--templates", type=Path, help="the folder that templates.py build has written")
    given = parser.parse_args()
    suite = load(given.suite)
    if given.suite == "templates":
        from symmetrised import check

        check(suite, given.templates)
    changed = differences(suite, given.templates)
    if changed:
        msg = f"suite {suite.name}: the generator changed the heads of {', '.join(changed)}; make a v2 of the suite"
        raise SystemExit(msg)
    print(f"suite {suite.name}: the generator makes its heads as they were frozen")


if __name__ == "__main__":
    main()
