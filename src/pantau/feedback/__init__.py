"""What visitors write to whoever runs the hub, and how they vote on cameras."""
