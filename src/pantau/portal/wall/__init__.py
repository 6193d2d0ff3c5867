"""The wall: all cameras, one area, and the same in words."""
