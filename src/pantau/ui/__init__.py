"""How pages are drawn: templates, tokens, icons and islands, shared by portal and admin."""
