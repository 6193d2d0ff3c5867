"""HTTP itself: server, fast lane, headers, problems, assets.  Knows no domain."""
