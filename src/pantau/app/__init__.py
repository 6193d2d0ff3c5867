"""The only wiring: which parts a process is made of, and how processes start and stop."""
