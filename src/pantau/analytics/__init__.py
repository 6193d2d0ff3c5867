"""How much is watched: views rolled up by hour and day, and every number that comes of them."""
