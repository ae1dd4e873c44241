"""ARCHITECTURE.md, held: who may import whom, and one name for each stage everywhere."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from symbrain.settings import STAGES

PACKAGE = Path(__file__).resolve().parents[1] / "symbrain"
FILES = {
    ".".join(("symbrain", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
HEAVY = ("torch", "monai", "nibabel", "pandas", "numpy", "scipy", "SimpleITK", "skimage", "matplotlib")


def imports(module: str, *, at_import_only: bool = False) -> set[str]:
    """Return what a module imports, as full dotted names, inside functions too unless told otherwise."""
    found: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(FILES[module].read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            # `from symbrain.stages import align` imports a module, `from symbrain.plane import Plane` a name.
            for name in node.names:
                full = f"{node.module}.{name.name}"
                found.add(full if full in FILES else str(node.module))
        lazy = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or is_for_types(node)
        if not (at_import_only and lazy):
            waiting += ast.iter_child_nodes(node)
    return found


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def importers(library: str) -> set[str]:
    return {module for module in FILES if any(i.split(".")[0] == library for i in imports(module))}


def layer(module: str) -> int:
    """Return the height of a module: it may import from its own layer and from below."""
    if module in ("symbrain", "symbrain.__main__", "symbrain.cli", "symbrain.front_door"):
        return 5
    if module.startswith("symbrain.stages"):
        return 4
    if module.removeprefix("symbrain.") in (
        "walk", "alignment", "derivatives", "models", "normals", "score_row", "map_row",
    ):  # fmt: skip
        return 3  # the walk, what it uses, and how its outcome is written down
    if module.removeprefix("symbrain.") in ("aligned_scan", "comparison", "detector", "scored", "single"):
        return 3  # one scan at hand
    if module == "symbrain.asymmetry_figures":
        return 3  # it draws the norm that goes with a model
    if module.startswith("symbrain.learning"):
        return 2
    return 1 if module.startswith("symbrain.phantom") else 0


@pytest.mark.parametrize("module", FILES)
def test_arrows_point_down(module: str) -> None:
    for other in imports(module) & set(FILES):
        assert other != "symbrain", f"{module} imports the package's public names; import the module that has them"
        assert layer(other) <= layer(module), f"{module} imports {other}, which is above it"


def test_stages_meet_in_files_only() -> None:
    for module in FILES:
        if module.startswith("symbrain.stages."):
            others = {i for i in imports(module) if i.startswith("symbrain.stages")}
            assert not others, f"{module} imports {others}"


def test_walk_and_phantom_do_not_know_each_other() -> None:
    for module in FILES:
        if module.startswith("symbrain.phantom"):
            assert "symbrain.walk" not in imports(module)
    if "symbrain.walk" in FILES:
        assert not any(i.startswith("symbrain.phantom") for i in imports("symbrain.walk"))


def test_imports_have_no_cycle() -> None:
    TopologicalSorter({module: imports(module) & set(FILES) - {module} for module in FILES}).prepare()


def test_cli_imports_stages_inside_its_verbs() -> None:
    ours = {i for i in imports("symbrain.cli", at_import_only=True) if i.startswith("symbrain")}
    assert ours == {"symbrain.errors", "symbrain.settings", "symbrain.shortage", "symbrain.version"}


def test_few_know_nibabel() -> None:
    """Files that are broken on purpose are the exception: they need headers that our own writer refuses."""
    assert importers("nibabel") <= {"symbrain.volume", "symbrain.nifti", "symbrain.header", "symbrain.phantom.faults"}


def test_at_most_one_module_knows_simpleitk() -> None:
    assert len(importers("SimpleITK")) <= 1
    assert not any(module.startswith(("symbrain.phantom", "symbrain.stages")) for module in importers("SimpleITK"))


def test_networks_stay_in_learning() -> None:
    for library in ("torch", "monai"):
        assert all(module.startswith("symbrain.learning") for module in importers(library))


def test_torch_waits_until_something_is_learned_or_scored() -> None:
    stages = ", ".join(f"symbrain.stages.{stage}" for stage in STAGES)
    heavy = {"torch", "monai", "statsmodels"}
    code = f"import sys, {stages}, symbrain.walk; sys.exit(bool({heavy} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("words", [["-c", "import symbrain"], ["-m", "symbrain", "--help"]])
def test_starts_without_heavy_libraries(words: list[str]) -> None:
    """``python -X importtime`` lists every module that was imported, also those of a command that exits."""
    done = subprocess.run([sys.executable, "-X", "importtime", *words], capture_output=True, text=True, check=True)
    loaded = {line.split("|")[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert "symbrain" in loaded
    assert not loaded & set(HEAVY)


def test_one_name_for_each_stage(repository: Path) -> None:
    import yaml

    rules = {path.stem for path in (repository / "workflow" / "rules").glob("*.smk")} - {"common"}
    modules = {module.rsplit(".", 1)[1] for module in FILES if module.startswith("symbrain.stages.")}
    config = yaml.safe_load((repository / "config" / "config.yaml").read_text(encoding="utf-8"))
    sections = {key for key, value in config.items() if isinstance(value, dict)}
    assert rules == modules == sections == set(STAGES)
    included = (repository / "Snakefile").read_text(encoding="utf-8")
    for stage in STAGES:
        text = (repository / "workflow" / "rules" / f"{stage}.smk").read_text(encoding="utf-8")
        assert f"rule {stage}:" in text
        assert f'"symbrain {stage} ' in text
        assert f"<logs>/{stage}/" in text
        assert f"workflow/rules/{stage}.smk" in included


def test_rules_are_thin(repository: Path) -> None:
    files = {path: path.read_text(encoding="utf-8") for path in (repository / "workflow" / "rules").glob("*.smk")}
    for path, text in files.items():
        if path.stem == "common":
            assert len(text.splitlines()) <= 60
            continue
        assert not any(word in text for word in ("run:", "script:", "lambda", "message:"))
        for rule in text.split("\n\n\n"):
            assert len(rule.splitlines()) <= 20, f"{path.name} has a long rule"
            assert all(word in rule for word in ("log:", "conda:", "version=version", "shell:"))
    assert len((repository / "Snakefile").read_text(encoding="utf-8").splitlines()) <= 40


def test_modules_have_telling_names() -> None:
    vague = {"utils", "util", "helpers", "misc", "core", "base", "manager", "common"}
    assert not {module.rsplit(".", 1)[-1] for module in FILES} & vague
