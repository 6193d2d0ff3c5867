"""Stills of cameras for the wall: fetched, kept, and never a reason to dial a camera twice."""
