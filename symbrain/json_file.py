"""A JSON file that holds one object: what a stage left for another, or what came with weights or a dataset."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from symbrain.errors import BadInput
from symbrain.given_file import read_given

T = TypeVar("T")
_WRONG = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What plain numbers raise that are not what they should be."""


def read_object(path: Path, remedy: str = "make it anew") -> dict[str, Any]:
    """Return the object in a JSON file.

    Raises
    ------
    BadInput
        Where the file cannot be read, or holds something else.
    """
    try:
        content = read_given(path)
    except OSError as error:
        msg = f"{path.name} cannot be read ({error.strerror}); {remedy}"
        raise BadInput(msg) from error
    return object_of(path.name, content, remedy)


def object_of(name: str, content: bytes, remedy: str) -> dict[str, Any]:
    """Return the object in the bytes of a JSON file of this name.

    Raises
    ------
    BadInput
        Where they hold something else.
    """
    try:
        record = json.loads(content)
    except (ValueError, RecursionError) as error:
        msg = f"{name} is no JSON ({error}); {remedy}"
        raise BadInput(msg) from error
    if not isinstance(record, dict):
        msg = f"{name} holds a {type(record).__name__}; a JSON object is expected: {remedy}"
        raise BadInput(msg)
    return record


def understood(
    read: Callable[[Mapping[str, Any]], T], record: Mapping[str, Any], name: str, remedy: str = "make it anew"
) -> T:
    """Return what a record says, as ``read`` understands it.

    Raises
    ------
    BadInput
        Where something lacks in it, or is not what it should be.
    """
    try:
        return read(record)
    except _WRONG as error:
        why = f"{error} lacks" if isinstance(error, KeyError) else str(error)
        msg = f"{name} is not as it was written ({why}); {remedy}"
        raise BadInput(msg) from error
