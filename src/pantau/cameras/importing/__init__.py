"""Cameras by the hundred: catalogues in many shapes, decided row by row, written as one."""
