"""Pulls moving pictures into the engine, whatever the camera speaks; `kinds` lists them."""
