"""Tables of one participant's sessions, from spreadsheets of every sort."""

from __future__ import annotations

from faults.kind import Happens, Kind
from faults.site import Site

HEADER = "session_id|scan_age"


def _rows(name: str, says: str, *rows: str, happens: Happens = Happens.AGELESS, encoding: str = "utf-8") -> Kind:
    return Kind(name, lambda site: site.table(*rows, encoding=encoding), happens, says)


def _unreadable(site: Site) -> object:
    return site.table(HEADER, "1|40").chmod(0)


NO_NUMBER = "counts as missing where it is no number of weeks"
KINDS = (
    _rows("empty table", "is empty and is left out; save it again with its header and rows, or remove it"),
    _rows("table with a header and no rows", "", HEADER),
    _rows("ages missing", "", HEADER, "1|n/a"),
    _rows("ages marked as missing by -999", "", HEADER, "1|-999"),
    _rows("ages in days", "counts as missing where it is outside 20 to 60 weeks .'280' in row 2", HEADER, "1|280"),
    _rows("age in words", f"{NO_NUMBER} .'forty' in row 2", HEADER, "1|forty"),
    _rows(
        "session twice, of two ages",
        "contradicts what was read before, which holds",
        *(HEADER, "1|40", "1|44"),
        happens=Happens.AGED,
    ),
    _rows("session ids with quotes and ../", "", HEADER, "../../etc|41", '"1"|40', happens=Happens.AGED),
    _rows("cell with a leading =", f"{NO_NUMBER} .'=20.20' in row 2", HEADER, "1|=20+20"),
    _rows("table separated by commas", "has no column session_id and is left out.*separated by tabs", "session_id,age"),
    _rows("table in Latin-1", "cannot be read.*save it as a .* table in UTF-8", "größe|", encoding="latin-1"),
    _rows("row with more cells than columns", "more cells than columns, which are left out", HEADER, "1|40|41"),
    Kind("unreadable table", _unreadable, Happens.AGELESS, "cannot be read .Permission denied. and is left out; check"),
)
