"""Two sentences that are hard to tag: a surface of three types, and a type that train has not."""

SENTENCES = """\
Reading B-ORG
council I-ORG
voted O
in O
Reading B-LOC

Ann B-PER
Reading I-PER
saw O
the O
Night B-creative-work
"""
