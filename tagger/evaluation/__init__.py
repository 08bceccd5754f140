"""How good tags are: seqeval's scores, and how they are shown."""
