"""Tests of Pantau; names are sentences about behaviour."""
