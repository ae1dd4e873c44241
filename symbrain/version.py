"""The version, written into every output."""

__version__ = "0.6.0"
