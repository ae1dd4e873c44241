"""Writing that never leaves half a file: to a temporary name beside the target, then moved into place."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path
from typing import Any


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file in one move, making its folder where needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            error.filename = str(path)  # a full disk does not say for what there was no space
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, content: str) -> None:
    """Write a text file (UTF-8) in one move."""
    write_bytes(path, content.encode())


def write_link(path: Path, target: Path) -> None:
    """Give a file a second name in one move; where the file system has no links, a copy."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.unlink(missing_ok=True)
        try:
            os.link(target, temporary)
        except OSError:
            shutil.copyfile(target, temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)  # replacing a name by another of the same file leaves both


def write_json(path: Path, record: Any) -> None:
    """Write JSON in one move; numbers that are not finite are refused rather than written as NaN."""
    write_bytes(path, json_bytes(record))


def json_bytes(record: Any) -> bytes:
    """Return what ``write_json`` writes."""
    return (json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
