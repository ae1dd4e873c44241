"""Pages: the templates of ``symbrain/pages``, filled in with everything from data escaped.

A page is one file with its style inside and no script at all; it loads nothing from anywhere but the pictures beside
it, so that it opens from a disk without a network.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]*")


def render(template: str, **content: Any) -> str:
    """Return a page: a template of ``symbrain/pages``, filled in."""
    return _environment().get_template(template).render(**content)


def safe_name(*parts: str | None) -> str:
    """Return a file name made from identifiers, which may hold anything; different ones stay different.

    >>> safe_name("sub-01", "ses-2")
    'sub-01_ses-2'
    >>> safe_name("sub-01", None)
    'sub-01'
    """
    name = "_".join(part for part in parts if part)
    if _PLAIN.fullmatch(name) and len(name) <= 120:
        return name
    digest = hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:10]
    return f"{'-'.join(re.findall(r'[A-Za-z0-9]+', name))[:80]}-{digest}"


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("symbrain", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
