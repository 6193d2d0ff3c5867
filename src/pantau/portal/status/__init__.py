"""How the hub does, in public words."""
