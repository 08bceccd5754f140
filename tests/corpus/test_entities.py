"""Tags as people write them, and the entities they mean."""

from itertools import product

import pytest
from corpus_strategies import any_tags
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.corpus.entities import Entity, entities_of, split_tag
from tagger.corpus.sentence import Sentence
from tagger.errors import DataError

SYNONYMS = str.maketrans("MLUW", "IESS")  # conlleval and its heirs know B, I, E and S
CHUNK_ENDS_BETWEEN = {"BB", "BS", "BO", "IB", "IS", "IO", "EB", "EI", "EE", "ES", "EO", "SB", "SI", "SE", "SS", "SO"}
CHUNK_STARTS_BETWEEN = {"BB", "IB", "EB", "SB", "OB", "BS", "IS", "ES", "SS", "OS", "EE", "EI", "SE", "SI", "OE", "OI"}


def conlleval_chunks(tags):
    """The chunks that conlleval's startOfChunk and endOfChunk find, E and S read as its heirs do."""
    chunks, start, before, before_type = [], None, "O", ""
    for position, tag in enumerate([*tags, "O"]):
        letter, type_ = tag[0].translate(SYNONYMS), tag[2:]
        if before + letter in CHUNK_ENDS_BETWEEN or (before != "O" and before_type != type_):
            chunks.append((start, position, before_type))
        if before + letter in CHUNK_STARTS_BETWEEN or (letter != "O" and before_type != type_):
            start = position
        before, before_type = letter, type_
    return chunks


def spans(entities):
    return [(entity.start, entity.end, entity.type) for entity in entities]


@settings(deadline=None, max_examples=300)
@given(any_tags)
def test_entities_are_the_chunks_of_conlleval_whatever_the_tags(tags):
    assert spans(entities_of(tags)) == conlleval_chunks(tags)


def test_entities_are_those_of_seqeval_in_every_sequence_of_four_tags():
    get_entities = pytest.importorskip("seqeval.metrics.sequence_labeling").get_entities
    tags = ["O", *(f"{letter}-{type_}" for letter in "BIES" for type_ in ("X", "Y"))]
    for sequence in product(tags, repeat=4):
        expected = [(start, last + 1, type_) for type_, start, last in get_entities(list(sequence))]
        assert spans(entities_of(sequence)) == expected, sequence


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("", []),
        ("O O", []),
        ("I-PER I-PER O", [(0, 2, "PER")]),
        ("B-PER I-LOC", [(0, 1, "PER"), (1, 2, "LOC")]),
        ("B-PER B-PER I-PER", [(0, 1, "PER"), (1, 3, "PER")]),
        ("S-PER E-PER", [(0, 1, "PER"), (1, 2, "PER")]),
        ("B-PER O E-PER", [(0, 1, "PER"), (2, 3, "PER")]),
        ("B-PER M-PER W-PER", [(0, 2, "PER"), (2, 3, "PER")]),
        ("B-PER L-PER U-PER", [(0, 2, "PER"), (2, 3, "PER")]),
        ("B-creative-work I-creative-work I-creative", [(0, 2, "creative-work"), (2, 3, "creative")]),
    ],
)
def test_entities_read_by_hand(tags, expected):
    assert spans(entities_of(tags.split())) == expected


@settings(deadline=None)
@given(any_tags)
def test_a_token_is_in_an_entity_exactly_when_its_tag_is_not_o(tags):
    covered = [position for entity in entities_of(tags) for position in range(entity.start, entity.end)]
    assert covered == [position for position, tag in enumerate(tags) if tag != "O"]


@settings(deadline=None)
@given(any_tags, any_tags)
def test_an_outside_tag_keeps_two_texts_apart(left, right):
    shifted = [(start + len(left) + 1, end + len(left) + 1, type_) for start, end, type_ in spans(entities_of(right))]
    assert spans(entities_of([*left, "O", *right])) == spans(entities_of(left)) + shifted


@pytest.mark.parametrize(
    ("tag", "parts"),
    [
        ("O", ("O", "")),
        ("B-PER", ("B", "PER")),
        ("I-creative-work", ("I", "creative-work")),
        ("S--", ("S", "-")),
        ("M-B-PER", ("M", "B-PER")),
    ],
)
def test_only_the_first_hyphen_parts_letter_and_type(tag, parts):
    assert split_tag(tag) == parts


@pytest.mark.parametrize(
    "tag",
    ["", "o", "0", "OO", "O-PER", "PER", "B", "B-", "-", "-PER", "b-PER", "X-PER", "BI-PER", "B_PER", "B\u2013PER"],
)
def test_a_tag_of_no_known_form_is_refused(tag):
    with pytest.raises(ValueError, match=f"^{tag}$"):
        split_tag(tag)


def test_entities_sort_by_their_place_in_the_sentence():
    assert sorted([Entity(3, 4, "A"), Entity(0, 2, "B"), Entity(0, 1, "C")]) == [
        Entity(0, 1, "C"),
        Entity(0, 2, "B"),
        Entity(3, 4, "A"),
    ]


def test_a_sentence_knows_its_entities_and_their_surface():
    sentence = Sentence(("Ada", "King", "saw", "Turin"), ("B-PER", "I-PER", "O", "B-LOC"))
    assert [(sentence.surface(entity), entity.type) for entity in sentence.entities] == [
        ("Ada King", "PER"),
        ("Turin", "LOC"),
    ]


def test_a_sentence_without_tags_has_no_entities():
    assert Sentence(("Ada", "King")).entities == ()


@settings(deadline=None)
@given(st.integers(0, 3), st.integers(0, 3))
def test_a_sentence_has_one_tag_for_each_token_or_cannot_be_made(tokens, tags):
    if tokens == tags:
        assert len(Sentence(("x",) * tokens, ("O",) * tags).tags) == tokens
    else:
        with pytest.raises(DataError, match=f"^a sentence of {tokens} tokens has {tags} tags$"):
            Sentence(("x",) * tokens, ("O",) * tags)
