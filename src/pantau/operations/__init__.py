"""Running an installation: finding out what is wrong with it, and how to repair it."""
