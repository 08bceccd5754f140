"""What a sentence is, and the files it lives in."""
