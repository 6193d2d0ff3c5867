"""What Pantau costs, as ratios to its peers in the same run; no figure here ever decides a test."""
