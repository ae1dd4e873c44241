"""Files that were healthy: bytes and JSON changed here and there, and cells that nobody expects."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

HOSTILE_NUMBERS = st.sampled_from([0, 1, -1, 7, 2**15 - 1, -(2**15), 2**31 - 1, -(2**31), 2**63 - 1, 10**400])
HOSTILE_FLOATS = st.sampled_from([0.0, -0.0, 1e-30, -1.0, 1e308, float("nan"), float("inf"), float("-inf")])
HOSTILE_TEXTS = st.sampled_from([
    "", " ", "n/a", "=HYPERLINK(1)", "../../x", "/etc/passwd", "sub-../x", "\x1b[31m", "a\nb", "a\rb", "\t", "\0",
    "\u202e", "\ud800", "'\"`", "<script>", "$(id)", "%s{0}", "1e400", "-999", "9" * 5000, "٣", "None", "[]", "é" * 300,
])  # fmt: skip
SCALARS = st.one_of(st.none(), st.booleans(), HOSTILE_NUMBERS, HOSTILE_FLOATS, HOSTILE_TEXTS, st.text(max_size=8))
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=6,
)
DEEP = b"[" * 200_000


@st.composite
def changed(draw: st.DrawFn, healthy: bytes, most: int = 5) -> bytes:
    """Draw a file with a few places overwritten, removed, doubled or put in, or its end cut off."""
    content = bytearray(healthy)
    for _ in range(draw(st.integers(1, most))):
        at = draw(st.integers(0, len(content)))
        length = draw(st.integers(1, 16))
        kind = draw(st.sampled_from(("flip", "write", "remove", "double", "insert", "cut")))
        if kind == "flip" and at < len(content):
            content[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "write":
            content[at : at + length] = draw(st.binary(min_size=length, max_size=length))
        elif kind == "remove":
            del content[at : at + length]
        elif kind == "double":
            content[at:at] = content[at : at + length]
        elif kind == "insert":
            content[at:at] = draw(st.binary(max_size=length))
        elif kind == "cut" and draw(st.booleans()):
            del content[at:]
    return bytes(content)


@st.composite
def changed_json(draw: st.DrawFn, healthy: Any) -> bytes:
    """Draw a JSON file in which values are others, or lack, or which is no JSON any more."""
    form = draw(st.sampled_from(("values", "values", "values", "bytes", "deep", "other")))
    if form == "deep":
        return DEEP
    if form == "other":
        return json.dumps(draw(ANYTHING)).encode(errors="surrogatepass")
    if form == "bytes":
        return draw(changed(json.dumps(healthy).encode()))
    record = json.loads(json.dumps(healthy))
    for _ in range(draw(st.integers(1, 3))):
        record = _replaced(draw, record)
    return json.dumps(record).encode()


def _replaced(draw: st.DrawFn, thing: Any) -> Any:
    """Return a JSON value with something anywhere in it replaced or left out."""
    places = thing if isinstance(thing, dict) else range(len(thing)) if isinstance(thing, list) else ()
    if not places or draw(st.integers(0, 9)) == 0:
        return draw(ANYTHING)
    place = draw(st.sampled_from(sorted(places)))
    if draw(st.integers(0, 4)) == 0:
        del thing[place]
    else:
        thing[place] = _replaced(draw, thing[place])
    return thing


@st.composite
def tables(draw: st.DrawFn, header: list[str], cell: st.SearchStrategy[str], separator: str = "\t") -> bytes:
    """Draw a table with a header like this one, rows of these cells, and now and then a wrong number of them."""
    names = list(header)
    if draw(st.integers(0, 5)) == 0:
        names = draw(st.lists(st.sampled_from([*header, "", "x", *header]), max_size=8))
    rows = draw(st.lists(st.lists(cell, min_size=max(len(names) - 1, 0), max_size=len(names) + 1), max_size=5))
    lines = [separator.join(row) for row in [names, *rows]]
    encode: Callable[[str], bytes] = lambda text: text.encode(errors="surrogatepass")  # noqa: E731
    return encode(draw(st.sampled_from(["\n", "\r\n", "\r"])).join(lines) + draw(st.sampled_from(["", "\n", "\n\n"])))


CELLS = st.one_of(HOSTILE_TEXTS, st.text(max_size=6), st.sampled_from(["sub-1", "ses-1", "T2w", "axial", "10", "3.5"]))
