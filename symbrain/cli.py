"""The command line: one verb per stage, called by the workflow's rules and by people alike.

Standard output carries data only (``--json``); everything else goes to the standard error. The exit code is 0 when
all is done, 3 when some scans were excluded, 2 when the command or its input cannot be used, 1 when the software fails.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from symbrain.errors import BadInput
from symbrain.settings import Config, add_flags, from_flags
from symbrain.shortage import shortage_of  # now: where memory lacks, it cannot be imported any more
from symbrain.version import __version__

DONE, FAILED, USAGE, SOME_EXCLUDED, INTERRUPTED = 0, 1, 2, 3, 130
DIFFERENT = 3  # compare's answer

# They are read when numpy, torch and ITK are first imported, which is why every verb imports its stage itself.
_THREAD_LIMITS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code."""
    words, further = _divided(sys.argv[1:] if argv is None else list(argv))
    arguments = _parser().parse_args(words, argparse.Namespace(further=further))
    os.environ.update(dict.fromkeys(_THREAD_LIMITS, str(arguments.threads)))
    try:
        run: Callable[[argparse.Namespace], int] = arguments.run
        code = run(arguments)
        if getattr(arguments, "results", None):  # a job of the workflow, whose log somebody may look into
            from symbrain.costs import tell_costs

            tell_costs(arguments.verb)
        return code
    except BadInput as error:
        print(f"symbrain {arguments.verb}: {error}", file=sys.stderr)
        return USAGE
    except (OSError, MemoryError, RuntimeError, ImportError) as error:
        return _failed(arguments.verb, error)
    except KeyboardInterrupt:
        what = "starts anew" if getattr(arguments, "scans", None) else "goes on from here"
        print(f"symbrain {arguments.verb}: interrupted; the same command {what}", file=sys.stderr)
        return INTERRUPTED


def _failed(verb: str, error: Exception) -> int:
    """Tell what the machine lacks or refuses, and return the exit code; what is an error of ours is raised again."""
    if (lack := shortage_of(error)) is not None:
        print(f"symbrain {verb}: {lack}", file=sys.stderr)
        return FAILED
    if not isinstance(error, OSError):
        raise error
    what = f"{error.filename}: {error.strerror}" if error.strerror else str(error)
    remedy = "check that what is read exists and may be read, and that the folder can be written to"
    print(f"symbrain {verb}: {what}; {remedy}", file=sys.stderr)
    return USAGE


def _divided(words: list[str]) -> tuple[list[str], list[str]]:
    """Return our own words and, of ``symbrain run``, those after ``--``, which are Snakemake's."""
    if words[:1] != ["run"] or "--" not in words:
        return words, []
    place = words.index("--")
    return words[:place], words[place + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="symbrain",
        description="How symmetric is a newborn's brain, and is that normal for its age?",
        epilog="Exit codes: 0 all done, 3 some scans excluded, 2 unusable command or input, 1 failure of the software. "
        "Not a medical device.",
    )
    parser.add_argument("--version", action="version", version=f"symbrain {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for add in (_add_phantom, _add_ingest, _add_align, _add_slices, _add_midline, _add_asymmetry, _add_score):
        add(verbs)
    for add in (_add_report, _add_notebook, _add_run, _add_compare, _add_model, _add_export, _add_import):
        add(verbs)
    return parser


def _add_phantom(verbs: Any) -> None:
    verb = _verb(verbs, "phantom", _phantom, "make a dataset of synthetic newborns with a known midline")
    verb.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the new dataset")
    _add_seed(verb)
    verb.add_argument("--workers", type=_at_least(1), default=1, metavar="N", help="processes; moves no number")


def _add_ingest(verbs: Any) -> None:
    verb = _verb(verbs, "ingest", _ingest, "list every scan of a dataset, usable or not, in scans.tsv")
    verb.add_argument("bids_dir", type=Path, metavar="BIDS_DIR", help="the dataset, laid out as BIDS asks")
    verb.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the results")
    _add_draw(verb)
    verb.add_argument("--chunks", type=_at_least(1), default=Config.chunks, metavar="N", help="portions of the work")


def _add_align(verbs: Any) -> None:
    verb = _verb(verbs, "align", _align, "find the mid-sagittal plane of scans and set them upright", threads=True)
    _add_files(verb)
    _add_results(verb, required=False)


def _add_slices(verbs: Any) -> None:
    verb = _verb(verbs, "slices", _slices, "cut slices at the portions of interest, with their midlines")
    _add_results(verb, required=True)
    verb.add_argument("--annotations", type=Path, metavar="TSV", help="midlines drawn by raters, which take precedence")


def _add_midline(verbs: Any) -> None:
    text = "train the network that finds the midline in a single slice"
    verb = _verb(verbs, "train_midline", _train_midline, text, threads=True)
    verb.add_argument("--results", type=Path, required=True, metavar="DIR", help="folder that ingest wrote to")
    _add_seed(verb)


def _add_asymmetry(verbs: Any) -> None:
    text = "train the network that knows normal asymmetry, and fit its norms"
    verb = _verb(verbs, "train_asymmetry", _train_asymmetry, text, threads=True)
    verb.add_argument("--results", type=Path, required=True, metavar="DIR", help="folder that ingest wrote to")
    verb.add_argument(
        "--fold",
        type=_fold,
        metavar="K",
        help="train the copy that never sees this fold, or with 'all' the one of all normals; without it, put them "
        "together with the norms",
    )
    _add_seed(verb)


def _add_score(verbs: Any) -> None:
    verb = _verb(verbs, "score", _score, "score the asymmetry of scans", threads=True)
    _add_files(verb)
    age = verb.add_mutually_exclusive_group()
    age.add_argument(
        "--age", type=_age_weeks, metavar="WEEKS", help="post-menstrual age at the scan, of every scan named"
    )
    age.add_argument("--ages", type=Path, metavar="TSV", help="table with the columns scan_id and scan_age_weeks")
    verb.add_argument(
        "--weights", type=Path, metavar="DIR", help="folder of networks to use in place of the packaged ones"
    )
    verb.add_argument("--json", action="store_true", help="print the scores to the standard output, as a JSON array")
    verb.add_argument(
        "--map",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a map in the world of the one scan that is named (ADC), judged on its midline too; may be repeated",
    )
    verb.add_argument("--ratings", type=Path, metavar="TSV", help="what people say of scans that they have looked at")
    _add_results(verb, required=False, gathers=True)


def _add_report(verbs: Any) -> None:
    verb = _verb(verbs, "report", _report, "write the pages that one looks at before believing a number")
    verb.add_argument(
        "--annotations", type=Path, metavar="TSV", help="midlines drawn by raters, whose agreement is told"
    )
    _add_results(verb, required=True, gathers=True)


def _add_notebook(verbs: Any) -> None:
    verb = _verb(verbs, "notebook", _notebook, "run a notebook on results: the executed copy and its page")
    verb.add_argument("notebook", type=Path, metavar="NOTEBOOK", help="such as notebooks/qc_alignment.ipynb")
    verb.add_argument("--results", type=Path, required=True, metavar="DIR", help="folder of the results")


def _add_run(verbs: Any) -> None:
    verb = _verb(verbs, "run", _run, "do all of it for a dataset, with the arguments of a BIDS App")
    verb.add_argument("bids_dir", type=Path, metavar="BIDS_DIR", help="the dataset, laid out as BIDS asks")
    verb.add_argument("out_dir", type=Path, metavar="OUT_DIR", help="folder of the results")
    levels = "participant: everything up to scores.tsv; group: the pages too"
    verb.add_argument("level", choices=["participant", "group"], help=levels)
    for name, prefix in (("participant", "sub-"), ("session", "ses-")):
        flags = [f"--{name}-label", f"--{name}-id"]
        text = f"only these {name}s, with or without {prefix}"
        verb.add_argument(*flags, nargs="+", default=[], dest=f"{name}s", metavar="LABEL", help=text)
    verb.add_argument("-c", "--cores", type=_cores, default="all", metavar="N", help="cores to use (default: all)")
    verb.add_argument("-n", "--dry-run", action="store_true", help="only tell what would be done")
    verb.add_argument("-w", "--work-dir", type=Path, metavar="DIR", help="where Snakemake keeps its records (OUT_DIR)")
    text = "settings that differ from the defaults, as in config/config.yaml"
    verb.add_argument("--config-file", type=Path, metavar="YAML", help=text)
    verb.add_argument("--skip-bids-validation", action="store_true", help="accepted; nothing but names is validated")
    verb.epilog = (
        "What follows -- goes to Snakemake: symbrain run BIDS_DIR OUT_DIR group -- --profile workflow/profiles/slurm. "
        "One run takes all participants; a cluster divides it, so start no second one in the same OUT_DIR."
    )


def _add_compare(verbs: Any) -> None:
    verb = _verb(verbs, "compare", _compare, "tell by how much the tables of two results folders differ")
    verb.add_argument("old", type=Path, metavar="OLD", help="folder of results, with scores.tsv")
    verb.add_argument("new", type=Path, metavar="NEW", help="another one, of the same scans")
    verb.add_argument("--json", action="store_true", help="print everything that was compared, as JSON")
    verb.epilog = (
        "Exit codes: 0 no difference beyond 0.02 SD, 0.05 mm and 0.05 degrees, 3 differences beyond them, 2 unusable "
        "command or input."
    )


def _add_model(verbs: Any) -> None:
    verb = _verb(verbs, "export", _model, "write a trained network as a file that others run, and check it")
    text = "midline or asymmetry (the packaged ones), or the folder of a bundle, such as results/models/asymmetry"
    verb.add_argument("model", metavar="MODEL", help=text)
    verb.add_argument("--to", choices=["onnx", "pt2", "bundle"], required=True, help="what to write")
    verb.add_argument("--out", type=Path, metavar="PATH", help="file, or folder of the bundle (default: MODEL.onnx …)")
    verb.epilog = (
        "onnx: for ONNX Runtime, in any language; pt2: torch.export.load; bundle: python -m monai.bundle run. The file "
        "is run before it is written, and must give what symbrain gives, to 1e-5 of its largest number."
    )


def _add_export(verbs: Any) -> None:
    verb = _verb(verbs, "export-symbrain", _export, "write the slices in the published SymBrain layout")
    verb.add_argument("--results", type=Path, required=True, metavar="DIR", help="folder of the results")
    verb.add_argument("--out", type=Path, required=True, metavar="FILE", help="Parquet file to write")


def _add_import(verbs: Any) -> None:
    verb = _verb(verbs, "import-symbrain", _import, "read slices in the published SymBrain layout")
    verb.add_argument(
        "path", type=Path, metavar="PATH", help="Parquet file, or a folder of them, or a .tsv or .csv of lines"
    )
    verb.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to")
    verb.add_argument("--sessions", type=Path, metavar="TSV", help="table that tells the participant of each session")
    verb.add_argument(
        "--modality", choices=["T2w", "T1w"], default="T2w", help="contrast, where neither name nor image tells it"
    )
    _add_draw(verb)


def _verb(
    verbs: Any, name: str, run: Callable[[argparse.Namespace], int], text: str, *, threads: bool = False
) -> argparse.ArgumentParser:
    """Add a verb; one that is a stage gets the flags of that stage's settings."""
    sentence = f"{text[0].upper()}{text[1:]}."
    verb: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=sentence, allow_abbrev=False)
    verb.set_defaults(run=run, usage_error=verb.error, threads=1)
    if threads:
        verb.add_argument("--threads", type=_at_least(1), default=Config.threads, metavar="N", help="threads to use")
    if run in _STAGE_VERBS:
        add_flags(verb, name)
    return verb


def _add_files(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("scans", type=Path, nargs="*", metavar="SCAN", help="NIfTI files (.nii or .nii.gz), with --out")
    verb.add_argument("--out", type=Path, metavar="DIR", help="folder to write to")
    verb.epilog = "Two forms: SCAN… --out DIR for scans of your own, --results DIR --chunk K for the workflow."


def _add_seed(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--seed", type=_at_least(0), default=Config.seed, metavar="N", help="seed of everything random")


def _add_draw(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--seed", type=_at_least(0), default=Config.seed, metavar="N", help="seed of the split")
    verb.add_argument("--folds", type=_at_least(2), default=Config.folds, metavar="N", help="cross-validation folds")


def _add_results(verb: argparse.ArgumentParser, *, required: bool, gathers: bool = False) -> None:
    verb.add_argument("--results", type=Path, required=required, metavar="DIR", help="folder that ingest wrote to")
    text = "which portion of its scans" + ("; without it, what all portions have in common" if gathers else "")
    verb.add_argument("--chunk", type=_at_least(0), required=required and not gathers, metavar="K", help=text)


def _age_weeks(text: str) -> float:
    from symbrain.ages import checked_age

    try:
        return checked_age(text)
    except BadInput as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _cores(text: str) -> str:
    return text if text == "all" else str(_at_least(1)(text))


def _fold(text: str) -> int | str:
    return text if text == "all" else _at_least(0)(text)


def _at_least(low: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if value < low:
            msg = f"{text} is less than {low}"
            raise argparse.ArgumentTypeError(msg)
        return value

    return number


def _phantom(given: argparse.Namespace) -> int:
    from symbrain.stages import phantom

    phantom.run(given.out, from_flags("phantom", given), seed=given.seed, workers=given.workers)
    return DONE


def _ingest(given: argparse.Namespace) -> int:
    from symbrain.stages import ingest

    settings = from_flags("ingest", given)
    ingest.run(given.bids_dir, given.out, settings, seed=given.seed, folds=given.folds, chunks=given.chunks)
    return DONE


def _align(given: argparse.Namespace) -> int:
    named = _names_files(given)
    if not named and given.chunk is None:
        given.usage_error("--results needs --chunk K: which portion of the scans to align")
    from symbrain.stages import align

    settings = from_flags("align", given)
    if named:
        return _verdict(align.run_files(given.scans, given.out, settings, threads=given.threads))
    align.run(given.results, given.chunk, settings, threads=given.threads)
    return DONE


def _slices(given: argparse.Namespace) -> int:
    from symbrain.stages import slices

    slices.run(given.results, given.chunk, from_flags("slices", given), annotations=given.annotations)
    return DONE


def _train_midline(given: argparse.Namespace) -> int:
    from symbrain.stages import train_midline

    train_midline.run(given.results, from_flags("train_midline", given), seed=given.seed, threads=given.threads)
    return DONE


def _train_asymmetry(given: argparse.Namespace) -> int:
    from symbrain.stages import train_asymmetry

    settings, common = from_flags("train_asymmetry", given), {"seed": given.seed, "threads": given.threads}
    if given.fold is None:
        train_asymmetry.gather(given.results, settings, **common)
    else:
        train_asymmetry.run(given.results, given.fold, settings, **common)
    return DONE


def _score(given: argparse.Namespace) -> int:
    named = _names_files(given)
    if not named and any((given.age is not None, given.ages, given.weights, given.json, given.map)):
        given.usage_error("--age, --ages, --weights, --json and --map belong to scans that are named, not to --results")
    if given.ratings and (named or given.chunk is not None):
        given.usage_error("--ratings belongs to --results without --chunk: it counts where the tables are written")
    if given.map and len(given.scans) > 1:
        given.usage_error("--map belongs to one scan; name one scan at a time")
    from symbrain.ages import read_ages
    from symbrain.stages import score

    settings = from_flags("score", given)
    if named:
        ages = given.age if given.ages is None else read_ages(given.ages)
        more = {"weights": given.weights, "as_json": given.json, "maps": given.map, "threads": given.threads}
        return _verdict(score.run_files(given.scans, given.out, settings, ages=ages, **more))
    if given.chunk is None:
        score.gather(given.results, settings, ratings=given.ratings)
    else:
        score.run(given.results, given.chunk, settings, threads=given.threads)
    return DONE


def _report(given: argparse.Namespace) -> int:
    from symbrain.stages import report

    settings = from_flags("report", given)
    if given.chunk is None:
        report.gather(given.results, settings, annotations=given.annotations)
    else:
        report.run(given.results, given.chunk, settings)
    return DONE


def _notebook(given: argparse.Namespace) -> int:
    from symbrain.notebook import run_notebook

    for path in run_notebook(given.notebook, given.results):
        print(path, file=sys.stderr)
    return DONE


def _run(given: argparse.Namespace) -> int:
    from symbrain.front_door import Order, run

    order = Order(
        bids_dir=given.bids_dir,
        out_dir=given.out_dir,
        level=given.level,
        participants=tuple(given.participants),
        sessions=tuple(given.sessions),
        cores=given.cores,
        config_file=given.config_file,
        work_dir=given.work_dir,
        dry_run=given.dry_run,
        further=tuple(given.further),
    )
    excluded = run(order)
    return FAILED if excluded is None else _verdict(excluded)


def _compare(given: argparse.Namespace) -> int:
    import json

    from symbrain.difference import compare_results
    from symbrain.difference_text import text_of

    found = compare_results(given.old, given.new)
    print(json.dumps(found.to_dict(), indent=2, ensure_ascii=False) if given.json else text_of(found))
    return DIFFERENT if found.differs else DONE


def _model(given: argparse.Namespace) -> int:
    from symbrain.learning.exported import export_model

    ending = "-bundle" if given.to == "bundle" else f".{given.to}"
    out = given.out or Path(Path(given.model).name + ending)
    parity = export_model(given.model, given.to, out)
    print(f"{out}: differs from symbrain by {parity:.1e} of its largest number at most", file=sys.stderr)
    return DONE


def _export(given: argparse.Namespace) -> int:
    from symbrain.published import export_symbrain

    export_symbrain(given.results, given.out)
    return DONE


def _import(given: argparse.Namespace) -> int:
    from symbrain.published import import_symbrain

    import_symbrain(given.path, given.out, given.sessions, modality=given.modality, seed=given.seed, folds=given.folds)
    return DONE


_STAGE_VERBS = (_phantom, _ingest, _align, _slices, _train_midline, _train_asymmetry, _score, _report)


def _names_files(given: argparse.Namespace) -> bool:
    """Tell which of a verb's two forms was used: scans named by a person, or a chunk of the workflow."""
    files = bool(given.scans) and given.out is not None
    workflow = given.results is not None
    if files == workflow or (files and given.chunk is not None) or (workflow and (given.scans or given.out)):
        given.usage_error("name scans and --out DIR, or else --results DIR")
    return files


def _verdict(excluded: int) -> int:
    return SOME_EXCLUDED if excluded else DONE
