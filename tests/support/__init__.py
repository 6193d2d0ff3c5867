"""What several test modules share: clocks, waiting, cameras."""
