"""What can go wrong with somebody's data, told apart from what goes wrong with the software."""


class BadInput(ValueError):  # noqa: N818 (it is the input that is bad, and the sentence says how)
    """A file cannot be used; the message is a sentence naming file, value, expectation and remedy.

    A stage that meets one excludes the scan with this sentence as its reason and goes on with the next.
    """
