"""The documentation: commands that are understood, snippets that run, links that lead somewhere, generated pages."""

from __future__ import annotations

import contextlib
import io
import re
import runpy
import shlex
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heads import head
from symbrain.cli import _divided, _parser
from symbrain.learning.packaged import packaged
from symbrain.settings import Config
from symbrain.volume import write_volume

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
SYSTEM = {"pip", "tar", "python3"}
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def blocks(page: str, language: str) -> list[str]:
    return [body for kind, body in FENCE.findall((ROOT / page).read_text(encoding="utf-8")) if kind == language]


def commands() -> Iterator[tuple[str, str]]:
    for page in NAMES:
        for block in blocks(page, "console"):
            for line in block.replace("\\\n", " ").splitlines():
                if words := shlex.split(line, comments=True):
                    yield page, shlex.join(words)


def understands_symbrain(words: list[str]) -> None:
    ours, further = _divided(words)
    with contextlib.suppress(SystemExit) if ours == ["--version"] else contextlib.nullcontext():
        _parser().parse_args(ours)
    if further:
        understands_snakemake(further)


def understands_snakemake(words: list[str]) -> None:
    from snakemake.cli import get_argument_parser

    # Which executors there are depends on what is installed; "local" always is.
    words = ["local" if before == "--executor" else word for before, word in pairwise(["", *words])]
    given = get_argument_parser([]).parse_args(words)
    keys = {word.split("=")[0] for word in given.config or []}
    assert keys <= set(Config.__dataclass_fields__), keys


def understands_make(words: list[str]) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert {word for word in words if "=" not in word} <= set(targets)


def understands_python(words: list[str]) -> None:
    if words[0] == "-m":
        assert find_spec(words[1]) is not None
        return
    script = ROOT / words[0]
    assert script.is_file()
    text = script.read_text(encoding="utf-8")
    assert all(f'"{word}"' in text for word in words[1:] if word.startswith("--")), words


READERS: dict[str, Callable[[list[str]], None]] = {
    "symbrain": understands_symbrain,
    "snakemake": understands_snakemake,
    "make": understands_make,
    "python": understands_python,
}


@pytest.mark.parametrize(("page", "command"), list(commands()))
def test_commands_are_understood(page: str, command: str) -> None:
    first, *words = shlex.split(command)
    program = first.removeprefix(".venv/bin/")
    if program in SYSTEM:
        return
    assert program in READERS, f"{page} calls {program}, which nothing here knows"
    try:
        READERS[program](words)
    except SystemExit as refused:
        pytest.fail(f"{page}: {command} is refused with exit code {refused.code}")


@pytest.mark.parametrize("page", NAMES)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in LINK.findall(FENCE.sub("", text)):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        place = ((ROOT / page).parent / name).resolve() if name else ROOT / page
        assert place.exists(), f"{page} links to {target}, which is not there"
        if anchor:
            assert anchor in anchors(place), f"{page} links to {target}, but there is no such heading"


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_page_is_reached_from_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    linked = {(ROOT / "docs" / target).resolve() for target in LINK.findall(index)}
    pages = {*(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*.py")}
    assert pages - linked == {ROOT / "docs" / "README.md"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what the snippets speak of: a scan, and networks that somebody shared."""
    folder = tmp_path_factory.mktemp("desk")
    made = head(1)
    write_volume(folder / "scan_T2w.nii.gz", made.image, made.affine)
    for name in ("models", "imported/models"):
        (folder / name).mkdir(parents=True)
        for model in ("midline", "asymmetry"):
            (folder / name / model).symlink_to(packaged(model))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("page", [name for name in NAMES if blocks(name, "python")])
def test_snippets_run(page: str, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk)
    made = head(1)
    names: dict[str, Any] = {"pixels": np.asarray(made.image[:, :, made.image.shape[2] // 2])}
    for body in blocks(page, "python"):
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(body, page, "exec"), names)


def test_generated_pages_are_up_to_date() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "reference.py"))
    pages = made["pages"]()
    assert {path.name for path in made["FOLDER"].iterdir()} == set(pages)
    for name, text in pages.items():
        written = (made["FOLDER"] / name).read_text(encoding="utf-8")
        assert written == text, f"docs/reference/{name} is out of date: make format"
        assert "None |" not in text
