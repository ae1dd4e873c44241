"""The version, written into every output."""

__version__ = "0.4.0"
