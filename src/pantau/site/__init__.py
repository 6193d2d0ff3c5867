"""What the operator says about this hub: names, texts, map, donations."""
