"""Whether things really work: probes, never constants."""
