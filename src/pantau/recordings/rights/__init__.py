"""Who may replay what, and the tokens and links that allow more."""
