"""The database: units of work, rows and pages of them.  Knows no domain."""
