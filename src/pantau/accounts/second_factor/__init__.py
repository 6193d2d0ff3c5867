"""The second factor: codes from an authenticator app, and codes on paper for when it is lost."""
