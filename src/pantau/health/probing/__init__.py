"""Asks cameras whether they are there, briefly and politely, when nobody else is asking."""
