"""Language models learned from text alone, for a tagger to begin with or for their own sake."""
