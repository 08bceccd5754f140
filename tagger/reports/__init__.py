"""Pages that show how good a model is, each whole in one file."""
