"""What the operator publishes: the cameras, their public face and their stream keys."""
