"""What can go wrong with somebody's data, told apart from what goes wrong with the software."""

from __future__ import annotations

import errno


class BadInput(ValueError):  # noqa: N818 (it is the input that is bad, and the sentence says how)
    """A file cannot be used; the message is a sentence naming file, value, expectation and remedy.

    A stage that meets one excludes the scan with this sentence as its reason and goes on with the next.
    """

    def __init__(self, sentence: str = "") -> None:
        super().__init__(one_line(sentence))


def one_line(text: str) -> str:
    r"""Return text on one line, as it may be shown and written: names and libraries' words may hold anything.

    What a terminal would obey, or no file can hold, becomes a question mark.

    >>> one_line("a\nb  \x1b[31m")
    'a b ?[31m'
    """
    return "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))


def reason_of(error: BadInput | OSError, name: str) -> str:
    """Return why a scan of this name is excluded, in a sentence; what is not the scan's own fault is raised again."""
    if isinstance(error, OSError):
        if error.errno != errno.ENAMETOOLONG:
            raise error
        return f"{name} has a name too long for the outputs; shorten it"
    return str(error)
