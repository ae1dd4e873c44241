"""What ``symbrain.score`` gives: a row of scores.tsv as an object, with plane, lines and heatmap behind it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, make_dataclass, replace
from typing import Any

import numpy as np

from symbrain.columns import SCORES
from symbrain.findings import Verdict, asymmetry_facts, finding, verdict_of
from symbrain.map_row import JudgedMap
from symbrain.mirror_difference import METHOD
from symbrain.nifti import Image
from symbrain.page import render
from symbrain.plane import Plane
from symbrain.slice import Slice, cut
from symbrain.slice_table import robust_maximum
from symbrain.tables import is_missing
from symbrain.volume import Volume, canonical
from symbrain.walk import CutSlice

_TYPES: dict[str, type] = {"text": str, "number": float, "integer": int, "boolean": bool}
_DPI = 72
# The attributes are the columns of the registry, whichever they are.
_Row: Any = make_dataclass("_Row", [(c.name, _TYPES[c.kind] | None) for c in SCORES], frozen=True, kw_only=True)


@dataclass(frozen=True, eq=False, kw_only=True)
class Score(_Row):  # type: ignore[misc]
    """The score of one scan: each column of scores.tsv is an attribute, None where it is missing.

    Parameters
    ----------
    plane
        The anatomical midline plane, in the scan's world (RAS+, mm).
    lines
        The slices at the portions of interest, each with its straight midline ``line`` and the traced fissure
        ``curve``; ``image`` is the slice, cut along the scan's own grid.
    heatmap
        The deviation on the scan's own grid: SD units ≥ 0, on the bearing side, 0 outside the brain; None where the
        scan failed its quality check.
    regions
        Rows of regions.tsv; empty where no labels were given.
    maps
        The maps that were given: of each its ``row`` of maps.tsv, and ``asymmetry``, whose heat is on the scan's grid.

    Examples
    --------
    >>> import nibabel
    >>> import symbrain
    >>> from symbrain.phantom import Lesion, make_head
    >>> head = make_head(1, spacing_mm=2.0, lesion=Lesion("haemorrhage", "left", diameter_mm=18.0, contrast_sd=6.0))
    >>> found = symbrain.score(nibabel.Nifti1Image(head.image, head.affine))
    >>> found.asymmetry_side, found.asymmetry_z
    ('left', None)
    >>> found.heatmap.shape == head.image.shape
    True
    >>> middle = found.lines[1]
    >>> print(f"slice {middle.image.index} has its midline at {middle.line.angle_deg:.0f}°")
    slice 25 has its midline at 9°
    >>> list(found.to_dict())[:3]
    ['participant_id', 'session_id', 'scan_id']
    """

    plane: Plane
    lines: tuple[CutSlice, ...] = field(default=(), repr=False)
    heatmap: Image | None = field(default=None, repr=False)
    regions: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    maps: tuple[JudgedMap, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, row: Mapping[str, Any], **more: Any) -> Score:
        """Return the score of a row of scores.tsv; columns that it lacks are missing."""
        return cls(**{column.name: _plain(row.get(column.name)) for column in SCORES}, **more)

    def to_dict(self) -> dict[str, Any]:
        """Return the row as plain values in the order of the columns: what ``symbrain score --json`` prints."""
        return {column.name: getattr(self, column.name) for column in SCORES}

    def __str__(self) -> str:
        verdict, found = self._words()
        return " ".join([f"{self.scan_id}.", f"{verdict.word}.", *verdict.sentences, *found])

    def _repr_html_(self) -> str:
        """Return the finding with its picture, for notebooks."""
        verdict, found = self._words()
        pictures = [b64encode(picture).decode() for picture in self.pictures()]
        facts = asymmetry_facts(self.to_dict())
        return render(
            "score.html", scan_id=self.scan_id, verdict=verdict, finding=found, facts=facts, pictures=pictures
        )

    def pictures(self) -> list[bytes]:
        """Return the slice with the most heat, with its midline and with its heat, as the bytes of WebP files.

        The subject's right is on the left of the picture, and letters mark it.
        """
        from symbrain import figures

        if not self.lines:
            return []
        brightest = robust_maximum([one.image for one in self.lines])
        images = [replace(one.image, pixels=one.image.pixels / brightest) for one in self.lines]
        half_mm, heats = figures.field_of_view_mm(images), self._heats()
        most = int(np.argmax([0.0 if heat is None else float(heat.pixels.sum()) for heat in heats]))
        one, image, heat = self.lines[most], images[most], heats[most]
        drawn = [figures.midline_picture(image, one.line, one.curve, half_mm, _DPI)]
        if heat is not None:
            drawn.append(figures.heat_picture(image, heat, one.line, half_mm, _DPI, self._scale_sd()))
        return drawn

    def _heats(self) -> list[Slice | None]:
        """Return the heat where each slice lies; None of a scan that failed."""
        if self.heatmap is None:
            return [None] * len(self.lines)
        heat: Volume = canonical(np.asarray(self.heatmap.dataobj), self.heatmap.affine)
        images = [one.image for one in self.lines]
        return [cut(heat, image.orientation, image.index, image.fraction) for image in images]

    def _scale_sd(self) -> tuple[float, float]:
        """Return the scale of the heat's colours, one for all scans of a method."""
        from symbrain import figures

        return figures.CLASSICAL_HEAT_SD if self.asymmetry_method == METHOD else figures.HEAT_SD

    def _words(self) -> tuple[Verdict, list[str]]:
        """Return the quality verdict, and what was found in sentences."""
        row = self.to_dict()
        return verdict_of(row), finding(row, synthetic=False)


def _plain(value: Any) -> Any:
    """Return a value as Python has it, None where it is missing."""
    if is_missing(value):
        return None
    return value.item() if isinstance(value, np.generic) else value
