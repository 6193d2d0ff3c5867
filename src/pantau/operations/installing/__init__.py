"""What an installation consists of: its answers, its files, and where they belong."""
