"""What the operator publishes: the cameras, what the public may know of them, and their stream keys."""
