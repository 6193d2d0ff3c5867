"""Messages about conditions and happenings: who hears of what, when, and whether it arrived."""
