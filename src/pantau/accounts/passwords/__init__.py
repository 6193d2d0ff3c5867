"""Passwords: what is asked of them, how they are kept, and which ones were used before."""
