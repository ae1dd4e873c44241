"""The profiles: they speak of rules that there are, and not against each other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml


def profile(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((path / "config.yaml").read_text(encoding="utf-8"))
    return read


def test_the_profile_for_slurm_speaks_of_rules_that_there_are(repository: Path) -> None:
    slurm = profile(repository / "workflow" / "profiles" / "slurm")
    text = "".join(path.read_text(encoding="utf-8") for path in (repository / "workflow" / "rules").glob("*.smk"))
    rules = set(re.findall(r"^rule (\w+):", text, flags=re.MULTILINE))
    spoken_of = {rule for key in ("set-resources", "set-threads", "groups") for rule in slurm[key]}
    assert spoken_of <= rules
    assert {"train_midline", "train_asymmetry_fold", "train_asymmetry"} <= set(slurm["set-resources"])


def test_the_profile_for_slurm_says_nothing_that_the_default_one_overrides(repository: Path) -> None:
    default = profile(repository / "profiles" / "default")
    slurm = profile(repository / "workflow" / "profiles" / "slurm")
    assert not set(default) & set(slurm)
    assert "default-resources" not in default  # a run on one machine is not held back by what a cluster is asked for


def test_each_try_asks_for_twice_as_much(repository: Path) -> None:
    slurm = profile(repository / "workflow" / "profiles" / "slurm")
    asked = [slurm["default-resources"], *slurm["set-resources"].values()]
    texts = [str(one[key]) for one in asked for key in ("mem_mb", "runtime") if key in one]
    assert len(texts) >= 8
    assert all(re.fullmatch(r"\d+ \* 2 \*\* \(attempt - 1\)", text) for text in texts)
    assert slurm["retries"] == 2
