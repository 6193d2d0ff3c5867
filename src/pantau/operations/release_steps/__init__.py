"""What a deploy consists of: targets, environments, state on disk, processes, the way back."""
