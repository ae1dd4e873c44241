"""The version, written into every output."""

__version__ = "0.5.0"
