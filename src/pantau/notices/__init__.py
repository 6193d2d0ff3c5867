"""What the operator says: announcements, and the notice that goes with every camera."""
