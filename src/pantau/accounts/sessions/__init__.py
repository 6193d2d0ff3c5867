"""Sessions: signing in and out, renewing, and who a request acts for."""
