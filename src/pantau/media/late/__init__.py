"""The late presentation: what a camera showed some minutes ago, from files on disk."""
