"""Pantau: a self-hosted public CCTV hub."""

__version__ = "0.1.0"
