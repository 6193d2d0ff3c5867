"""Who pays for the hub: sponsors with their packages and cameras, and the donation page."""
