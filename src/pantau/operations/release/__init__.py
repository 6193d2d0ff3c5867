"""Whether a release stays: what is measured, how it is judged, and what to do about it."""
