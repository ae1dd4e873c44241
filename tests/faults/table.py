"""Write docs/faults.md from a real run: ``python tests/faults/table.py [--soak]`` runs the faults and tells of each.

With ``--from FILE`` it takes what an earlier run wrote down (FAULTS_ACCOUNT=FILE pytest tests/faults).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from faults.account import ACCOUNT, Row, told
from faults.names import GAPS, NAMES

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "faults.md"
_BEGINNING = """\
# Faults, and what happens

Each was injected into a small cohort of synthetic newborns by `python tests/faults/table.py`, which wrote this
page from what it saw. *Nothing lost* means: the healthy scans kept their numbers, bit for bit, or the run came
to the same bits in the end. A sentence is shown in `exclusions.tsv`, in `qc_reason`, or on the standard error; the file
names are those of the test.
"""
_NOT_RUN = "not tried in this run"


def page(rows: Iterable[Row]) -> str:
    """Return the page on all faults; one of which no row tells was not tried."""
    found = {(row.group, row.kind): row for row in rows}
    parts = [_BEGINNING]
    for group, kinds in NAMES.items():
        parts += ["", f"## {group}", "", "| fault | what happened | sentence | nothing lost |", "|---|---|---|---|"]
        parts += [_line(found.get((group, kind), Row(group, kind, _NOT_RUN, nothing_lost=False))) for kind in kinds]
    parts += ["", "## Not handled well yet", ""]
    parts += [f"- **{what}**: {why}." for what, why in GAPS.items()]
    return "\n".join(parts) + "\n"


def _line(row: Row) -> str:
    lost = "yes" if row.nothing_lost else "" if row.happened == _NOT_RUN else "NO"
    return f"| {_cell(row.kind)} | {row.happened} | {_cell(row.sentence)} | {lost} |"


def _cell(text: str) -> str:
    """Return text that Markdown shows as it is."""
    escaped = text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return "".join(f"\\{c}" if c in "*_`[]$" else c for c in escaped)


def run(account: Path, *, soak: bool) -> int:
    """Run the faults one after the other, and have them write down what happened."""
    marks = ["-m", "soak or not soak"] if soak else []
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(Path(__file__).parent), *marks]
    return subprocess.run(words, cwd=REPOSITORY, env={**os.environ, ACCOUNT: str(account)}, check=False).returncode


def main() -> int:
    """Write the page."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--soak", action="store_true", help="the long ones too")
    parser.add_argument("--from", type=Path, dest="account", metavar="FILE", help="what an earlier run wrote down")
    given = parser.parse_args()
    if given.account:
        PAGE.write_text(page(told(given.account)), encoding="utf-8")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        account = Path(folder) / "account.jsonl"
        account.touch()
        code = run(account, soak=given.soak)
        PAGE.write_text(page(told(account)), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
