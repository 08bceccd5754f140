"""The tagger as a part of other programs."""
