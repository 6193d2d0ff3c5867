"""Copies of the whole hub: made, planned, delivered, looked into, and put back."""
