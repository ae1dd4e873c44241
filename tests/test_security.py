"""SECURITY.md, held: what the code may call, what leaves a dataset, and that nothing asks the network."""

from __future__ import annotations

import ast
import gzip
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nibabel as nib
import pytest

from heads import head
from results import ALIGN, SCORE, SLICES
from symbrain.settings import IngestSettings, ReportSettings
from symbrain.stages import align, ingest, report, score, slices
from symbrain.volume import write_volume
from test_architecture import FILES

MARK = "Q7MARKER"
"""Stands for a name, wherever a dataset may hold one."""
REFUSED_IMPORTS = set(
    "pickle cPickle marshal shelve dill cloudpickle joblib ctypes socket ssl http urllib urllib3 requests ftplib "
    "smtplib telnetlib xmlrpc socketserver asyncio webbrowser code codeop runpy".split()
)
REFUSED_CALLS = {"eval", "exec", "compile", "__import__", "breakpoint", "input"}
REFUSED_METHODS = {
    "os": {"system", "popen", "execv", "execvp", "spawnl"},
    "yaml": {"load", "unsafe_load", "full_load", "load_all", "Loader"},
    "torch": {"load", "save", "hub"},
    "np": {"load", "loadtxt", "genfromtxt", "fromregex", "save", "savez"},
    "pd": {"eval", "read_pickle", "read_html", "read_sql", "read_clipboard", "read_hdf", "read_excel"},
}
ALLOWED = {
    ("symbrain.front_door", "subprocess"): "symbrain run calls Snakemake, with a list of words and no shell",
    ("symbrain.lock", "socket"): "the name of the machine that holds a lock; it connects to nothing",
    ("symbrain", "importlib"): "the package's public names, from a table of its own",
}


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


@pytest.mark.parametrize("module", FILES)
def test_nothing_is_evaluated_unpickled_or_asked_of_the_network(module: str) -> None:
    tree = ast.parse(FILES[module].read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        names = [name.name for name in node.names] if isinstance(node, ast.Import) else []
        names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
        tops = {name.split(".")[0] for name in names} - {"importlib"} | {n for n in names if n == "importlib"}
        tops = {top for top in tops if (module, top) not in ALLOWED}
        assert not tops & (REFUSED_IMPORTS | {"subprocess", "importlib"}), f"{module} imports {tops}"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            refused = REFUSED_METHODS.get(node.value.id, set())
            assert node.attr not in refused, f"{module} uses {node.value.id}.{node.attr}"
    for call in calls(tree):
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        assert not (isinstance(call.func, ast.Name) and name in REFUSED_CALLS), f"{module} calls {name}"
        assert not (name == "eval" and call.args), f"{module} evaluates text: line {call.lineno}"
        words = {word.arg: word.value for word in call.keywords}
        for word in ("shell", "allow_pickle", "trust_remote_code"):
            assert word not in words, f"{module} says {word}, line {call.lineno}"


def test_the_law_sees_what_it_forbids() -> None:
    """The same scan finds each of them in a module that has them all."""
    for bad in ("import pickle", "eval('1')", "net.eval('x')", "yaml.load(t)", "subprocess.run(c, shell=True)"):
        tree = ast.parse(bad)
        found = any(isinstance(n, ast.Import) and n.names[0].name in REFUSED_IMPORTS for n in ast.walk(tree))
        found |= any(
            isinstance(n, ast.Attribute) and n.attr in REFUSED_METHODS.get(getattr(n.value, "id", ""), ())
            for n in ast.walk(tree)
        )
        for call in calls(tree):
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            found |= name in REFUSED_CALLS or any(word.arg == "shell" for word in call.keywords)
        assert found, bad


def test_what_a_shell_sees_is_quoted(repository: Path) -> None:
    """Only whole numbers, which schema and wildcards hold to be such, stand in a command as they are."""
    numbers = {"threads", "wildcards.chunk", "wildcards.fold", "params.seed", "params.threads"}
    files = [repository / "Snakefile", *(repository / "workflow" / "rules").glob("*.smk")]
    seen = 0
    for path in files:
        for command in re.findall(r"shell:\n((?: +\".*\"\n)+)", path.read_text(encoding="utf-8")):
            for field in re.findall(r"\{([^}]*)\}", command):
                seen += 1
                assert field.endswith(":q") or field in numbers, f"{path.name}: {{{field}}}"
    assert seen > 40


def test_pages_take_nothing_as_it_is(repository: Path) -> None:
    """Templates escape everything, and no script makes elements of text."""
    pages = repository / "symbrain" / "pages"
    for path in [*pages.glob("*.html"), *(pages / "script").glob("*")]:
        text = path.read_text(encoding="utf-8")
        for word in ("|safe", "| safe", "autoescape false", "innerHTML", "outerHTML", "insertAdjacentHTML", "eval("):
            assert word not in text, f"{path.name} has {word}"
        assert not re.search(r"document\.write\(|new Function\(", text), path.name


def plant(root: Path) -> Path:
    """Write a dataset of one head, with the marker in every place that holds text."""
    folder = root / "sub-01" / "anat"
    phantom = head(1, spacing_mm=2.5)
    for suffix, data in (("T2w", phantom.image), ("desc-brain_mask", phantom.mask)):
        path = folder / f"sub-01_{suffix}.nii.gz"
        write_volume(path, data, phantom.affine)
        image = nib.Nifti1Image.from_bytes(gzip.decompress(path.read_bytes()))
        for field in ("descrip", "db_name", "aux_file", "intent_name"):
            image.header[field] = MARK.encode()
        image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", MARK.encode()))
        nib.save(image, path)
        path.with_name(f"sub-01_{suffix}.json").write_text(f'{{"PatientName": "{MARK}", "Manufacturer": "{MARK}"}}')
    rows = [["participant_id", "name", "sex", "scan_age", "comment"], ["sub-01", MARK, "F", "41", MARK]]
    (root / "participants.tsv").write_text("\n".join("\t".join(row) for row in rows) + "\n")
    (root / "participants.json").write_text(f'{{"name": {{"Description": "{MARK}"}}}}')
    return root


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the results of such a dataset, and what was said meanwhile, with the network out of reach."""
    import contextlib
    import io

    folder = tmp_path_factory.mktemp("private")
    root, out = plant(folder / "home" / MARK / "dataset"), folder / "results"

    def refuse(*_: Any) -> None:
        raise AssertionError("the network was asked")

    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(io.StringIO()) as said:
        for name in ("connect", "connect_ex", "bind", "sendto"):
            patch.setattr(socket.socket, name, refuse, raising=True)
        patch.setattr(socket, "getaddrinfo", refuse)
        ingest.run(root, out, IngestSettings(), seed=1, folds=5, chunks=1)
        align.run(out, 0, ALIGN)
        slices.run(out, 0, SLICES)
        score.run(out, 0, SCORE)
        score.gather(out)
        report.run(out, 0, ReportSettings(dpi=60))
        report.gather(out, ReportSettings(dpi=60))
    return out, said.getvalue()


def unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


@pytest.mark.slow
def test_no_name_leaves_a_dataset(made: tuple[Path, str]) -> None:
    """Neither results nor logs hold what a header, a sidecar, a column or a folder above the dataset say."""
    out, said = made
    files = [path for path in out.rglob("*") if path.is_file()]
    assert {"index.html", "scores.tsv", "sub-01_T2w_space-upright_image.nii.gz"} <= {path.name for path in files}
    telling = {path.relative_to(out).as_posix() for path in files if MARK.encode() in unpacked(path)}
    # These two are how the stages after ingest find the dataset; SECURITY.md says to leave them out when sharing.
    assert telling <= {"chunks/ingest.json", "dataset_description.json"}
    assert MARK not in said
    assert socket.gethostname().encode() not in b"".join(path.read_bytes() for path in out.glob("*.html"))


@pytest.mark.slow
def test_written_images_have_a_header_of_their_own(made: tuple[Path, str]) -> None:
    for path in made[0].rglob("*.nii.gz"):
        image = nib.load(path)
        assert not image.header.extensions
        assert not any(image.header[field].item() for field in ("descrip", "db_name", "aux_file", "intent_name"))
