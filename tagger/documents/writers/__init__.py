"""Tagged documents as text, in five forms."""
