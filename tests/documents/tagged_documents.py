"""Tagged documents: two that stand for many, and random ones."""

from itertools import pairwise

from hypothesis import strategies as st

from tagger.corpus.document import TaggedDocument, TextEntity, TextSentence

EVIL = "</mark><script>alert(1)</script>"
LINE_BREAKS = "\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"  # those of str.splitlines

NEWS = TaggedDocument(
    'news/"1"',
    'Zoë 👩‍🚀 said “hi” to "IBM\r\nDeutschland" & <b>\tin Rome',
    (
        TextEntity(0, 3, "PER", "Zoë", 0.98765),
        TextEntity(22, 38, "Org/X", "IBM\r\nDeutschland", 0.5),
        TextEntity(49, 53, "LOC", "Rome", 1.0),
    ),
    (
        TextSentence(("Zoë", "👩‍🚀", "said"), (0, 4, 8), ("B-PER", "O", "O")),
        TextSentence(("IBM", "Deutschland"), (22, 27), ("B-Org/X", "I-Org/X")),
    ),
)
PLAIN = TaggedDocument("plain.txt", "Nothing here.", (), (TextSentence(("Nothing", "."), (0, 12), ("O", "O")),))

odd_text = st.text(
    st.sampled_from("\0\t\n\r\f\x0b\x1c\x1f\x7f\x85\u00a0\u2028\ufffe\ufeff&<>\"'\\]{};;-_ab人😀 ")
    | st.sampled_from(("\ud800", "\udbff"))  # halves that no other half follows, else two would be one in JSON
    | st.characters(codec="utf-8"),
    max_size=30,
)
types = st.sampled_from(("PER", "creative-work", "a.b", "1x", "人名", "-", "xml:x", EVIL, "a\r\nb")) | odd_text.filter(
    bool
)
tokens = odd_text.map(lambda text: "".join(text.split())).filter(lambda token: token and token[:5] != "-DOCS")


@st.composite
def tagged_documents(draw):
    """Entities stand anywhere in the text, also side by side; each has a character that is no white space."""
    text = draw(odd_text)
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    entities = tuple(
        TextEntity(start, end, draw(types), text[start:end], draw(st.floats(0, 1)))
        for start, end in pairwise(cuts)
        if draw(st.booleans()) and text[start:end].strip()
    )
    return TaggedDocument(draw(odd_text), text, entities, tuple(draw(st.lists(sentences(), max_size=3))))


@st.composite
def sentences(draw):
    words = draw(st.lists(tokens, min_size=1, max_size=5))
    tags = draw(st.lists(st.sampled_from(("O", "B-PER", "I-creative-work")), min_size=len(words), max_size=len(words)))
    return TextSentence(tuple(words), tuple(range(len(words))), tuple(tags))


def replaced(text, characters):
    """The text with U+FFFD for each of these characters."""
    return "".join("\ufffd" if character in characters else character for character in text)


SURROGATES = frozenset(map(chr, range(0xD800, 0xE000)))
