"""Clean labelled files, in which errors are planted."""

from tagger.checking.labelled_file import read_labelled
from tagger.checking.run import check_files
from tagger.config import ColumnFormat

TRAIN, DEV = range(120), range(200, 260)
WIDTH = 9  # lines of a sentence, the blank one too


def sentence(number):
    """Eight lines: two people, two places, all but one of them in no other sentence."""
    tags = ["B-PER", "I-PER", "O", "O", "B-LOC", "O", "B-LOC", "O"]
    tokens = [f"Ana{number}", "Okafor", "lives", "in", "Galway", "near", f"Town{number}", "."]
    return [f"{token}\t{tag}" for token, tag in zip(tokens, tags, strict=True)]


def lines(numbers):
    return [line for number in numbers for line in (*sentence(number), "")]


def write(folder, train, dev):
    """Write lines, text or bytes, as files, and their paths."""
    paths = []
    for name, some in (("train.conll", train), ("dev.conll", dev)):
        raw = [line if isinstance(line, bytes) else line.encode() for line in some]
        (folder / name).write_bytes(b"".join(line + b"\n" for line in raw))
        paths.append(folder / name)
    return paths


def found_in(paths, **columns):
    """File names, lines and kinds of all findings."""
    files = [read_labelled(path, ColumnFormat(**columns)) for path in paths]
    return [(finding.path.name, finding.line, finding.kind.value) for finding in check_files(files)]


def read(folder, content, name="a.conll", **columns):
    """A file of this content, as it is checked."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_labelled(path, ColumnFormat(**columns))
