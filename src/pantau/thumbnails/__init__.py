"""Stills of cameras for the wall: fetched from the engine, kept, and never a reason to dial a camera twice."""
