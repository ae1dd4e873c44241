"""What a notebook shows in one place: a figure, a table, or a sentence on why there is nothing to show."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from symbrain.figure_style import rendered

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Exhibit:
    """A figure or a table with the words that stand for it; a notebook shows it by itself.

    Parameters
    ----------
    words
        What is seen, for those who do not see it; without figure and table, why there is nothing to show.
    """

    words: str
    figure: Figure | None = None
    table: pd.DataFrame | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return self.figure is None and self.table is None

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Return what a notebook shows; everything that comes from data is escaped."""
        plain = f"Nothing to show, because {self.words}." if self.empty else self.words
        return {"text/html": self._html(), "text/plain": plain}

    def _html(self) -> str:
        if self.figure is not None:
            picture = base64.b64encode(rendered(self.figure, "png")).decode()
            return f'<img style="max-width:100%" alt="{escape(self.words)}" src="data:image/png;base64,{picture}">'
        if self.table is not None:
            return f"<p>{escape(self.words)}</p>{self.table.to_html(index=False, border=0, na_rep='n/a')}"
        return f"<p><strong>Nothing to show</strong>, because {escape(self.words)}.</p>"


def nothing(because: str) -> Exhibit:
    """Return an exhibit that says why there is nothing to show."""
    return Exhibit(because)
