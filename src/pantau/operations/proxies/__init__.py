"""Sites for the web servers that stand before Pantau: nginx and Caddy."""
