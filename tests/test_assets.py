from __future__ import annotations

import json
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest

from symbrain.assets import ASSETS, PAGES, VendoredFile, copy_assets, vendored

OPEN = {"MIT", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "ISC"}


@pytest.mark.parametrize("one", vendored(), ids=lambda one: one.file)
def test_a_library_is_what_was_published(one: VendoredFile) -> None:
    content = (PAGES / "vendor" / one.file).read_bytes()
    assert sha256(content).hexdigest() == one.sha256
    assert one.licence in OPEN
    assert (PAGES / "vendor" / one.file).parent.joinpath("LICENSE").is_file()


def test_the_list_is_the_folder_and_the_lock() -> None:
    vendor = PAGES / "vendor"
    there = {str(p.relative_to(vendor)) for p in vendor.glob("*/*")}
    assert there == {one.file for one in vendored()}
    lock = json.loads((vendor / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    wanted = lock[""]["dependencies"]
    assert {one.library: one.version for one in vendored()} == wanted, "exact versions only"
    assert all(entry["integrity"] for name, entry in lock.items() if name)


def test_assets_are_copied_once(tmp_path: Path) -> None:
    copy_assets(tmp_path)
    folder = tmp_path / ASSETS
    copied = {p: p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}
    assert {str(p.relative_to(folder)) for p in copied} >= {one.file for one in vendored()}
    broken = next(iter(copied))
    broken.write_bytes(b"")
    copy_assets(tmp_path)
    assert broken.read_bytes()
    assert {p: p.stat().st_mtime_ns for p in copied if p != broken} == {p: t for p, t in copied.items() if p != broken}


@pytest.mark.parametrize("script", sorted((PAGES / "script").glob("*.js")), ids=lambda p: p.name)
def test_our_scripts_are_classic_and_write_no_markup(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert '"use strict";' in text
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "import("):
        assert word not in text
    assert "http://" not in text.replace("http://www.w3.org/", "")
    assert "https://" not in text


def test_a_wheel_carries_them(repository: Path) -> None:
    tool = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    carried = {p for pattern in tool["package-data"]["symbrain"] for p in (repository / "symbrain").glob(pattern)}
    needed = {p for p in PAGES.rglob("*") if p.is_file() and p.suffix in (".js", ".css", ".html", ".tsv")}
    assert needed <= carried
