"""Random entities, tags, tokens and column files, and short ways to read them."""

from io import BytesIO

from hypothesis import strategies as st

from tagger.config import ColumnFormat
from tagger.corpus.conll import read_blocks
from tagger.corpus.entities import Entity

TYPES = ("PER", "creative-work", "B", "-", "Ünï-x-y")
BLANKS = " \t\r\n\f\v"

types = st.sampled_from(TYPES)
any_tags = st.lists(
    st.just("O") | st.builds("{}-{}".format, st.sampled_from("BIMELSUW"), st.sampled_from(("PER", "a-b"))), max_size=12
)

odd_characters = st.sampled_from("\u00a0\u2028\x85\x1c\u200b\0#-")
tokens = st.text(
    odd_characters | st.characters(codec="utf-8", exclude_characters=BLANKS + "\ufeff"), min_size=1, max_size=8
)


@st.composite
def sentences_of_entities(draw, least_gap=0, least_entities=0):
    """Ordered entities that do not overlap, and the length of their sentence."""
    entities, end = [], 0
    for _ in range(draw(st.integers(least_entities, 5))):
        start = end + draw(st.integers(least_gap, least_gap + 1))
        end = start + draw(st.integers(1, 4))
        entities.append(Entity(start, end, draw(types)))
    return tuple(entities), end + draw(st.integers(0, 2))


@st.composite
def column_files(draw):
    """A column file as a list of (text, line end, separator); the separator is "" where no token stands."""
    comments = ("# sent_id = 1", "#\tx\ty", "# -DOCSTART-")
    others = ("", " ", "\t ", "\f", "-DOCSTART-", "-DOCSTART- -X- -X- O", "x\t-DOCSTART-", *comments)
    lines = []
    for _ in range(draw(st.integers(0, 10))):
        ending = draw(st.sampled_from(("\n", "\r\n")))
        if draw(st.booleans()):
            separator = draw(st.sampled_from(("\t", " ", "  ")))
            cells = draw(st.lists(tokens, min_size=1, max_size=4))
            text = separator.join(cells)
            added = "\t" if len(cells) == 1 or separator == "\t" else " "
            lines.append((draw(st.sampled_from(("", " "))) + ("x" + text), ending, added))
        else:
            lines.append((draw(st.sampled_from(others)), ending, ""))
    if lines and draw(st.booleans()):
        lines[-1] = (lines[-1][0], "", lines[-1][2])
    return lines


def blocks_of(content, *, labelled=False, **columns):
    """The blocks of a column file given as bytes or text."""
    raw = content if isinstance(content, bytes) else content.encode()
    return list(read_blocks(BytesIO(raw), "a.conll", ColumnFormat(**columns), labelled=labelled))


def sentences_of(content, **columns):
    """The sentences of a labelled column file as lists of (token, tag)."""
    blocks = blocks_of(content, labelled=True, **columns)
    return [list(zip(block.tokens, block.tags, strict=True)) for block in blocks if block.tokens]


def tokens_of(content, **columns):
    """The tokens of a column file that may have no tags, sentence by sentence."""
    return [block.tokens for block in blocks_of(content, **columns) if block.tokens]
