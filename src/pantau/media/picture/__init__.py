"""Evidence about what a camera shows: frozen, black, covered, or as it should be."""
