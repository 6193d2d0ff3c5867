"""Cameras outside the portal: links, pictures for chats, frames, search engines."""
