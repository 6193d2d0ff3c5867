"""The portal as an app, and lite."""
