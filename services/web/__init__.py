"""The same door for whoever speaks HTTP, with no right of its own: it hands on what others show."""
