"""Tag schemes, and telling which one a file follows."""

import pytest
from corpus_strategies import sentences_of_entities
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.corpus.entities import Entity, entities_of
from tagger.corpus.schemes import SCHEMES, detect_scheme

scheme_names = st.sampled_from(sorted(SCHEMES))
texts = st.lists(sentences_of_entities(), max_size=4)

# Entities of every width: two neighbours of one type, two neighbours of different types, one alone.
ENTITIES = (Entity(0, 1, "A"), Entity(1, 3, "A"), Entity(4, 7, "B"), Entity(7, 8, "C"))
BY_HAND = {
    "IOB1": "I-A B-A I-A O I-B I-B I-B I-C O",
    "IOB2": "B-A B-A I-A O B-B I-B I-B B-C O",
    "BIOES": "S-A B-A E-A O B-B I-B E-B S-C O",
    "BILOU": "U-A B-A L-A O B-B I-B L-B U-C O",
    "BMES": "S-A B-A E-A O B-B M-B E-B S-C O",
    "BMEWO": "W-A B-A E-A O B-B M-B E-B W-C O",
}


def tagged(text, scheme):
    return [scheme.tags_of(entities, length) for entities, length in text]


@pytest.mark.parametrize("name", BY_HAND)
def test_each_scheme_writes_the_tags_written_by_hand(name):
    assert SCHEMES[name].tags_of(ENTITIES, 9) == tuple(BY_HAND[name].split())


@pytest.mark.parametrize("name", BY_HAND)
def test_a_scheme_knows_exactly_the_letters_it_writes(name):
    assert SCHEMES[name].letters == {tag[0] for tag in BY_HAND[name].split()} - {"O"}


def test_no_scheme_is_left_out_here():
    assert set(SCHEMES) == set(BY_HAND)


@settings(deadline=None, max_examples=300)
@given(sentences_of_entities(), scheme_names)
def test_reading_a_schemes_tags_gives_the_entities_back(sentence, name):
    entities, length = sentence
    tags = SCHEMES[name].tags_of(entities, length)
    assert len(tags) == length
    assert entities_of(tags) == entities


@settings(deadline=None, max_examples=200)
@given(sentences_of_entities(), st.sampled_from([("IOB1", "IOB1"), ("IOB2", "IOB2"), ("BIOES", "IOBES")]))
def test_seqeval_finds_the_same_entities_in_strict_mode(sentence, names):
    seqeval = pytest.importorskip("seqeval.scheme")
    (entities, length), (ours, theirs) = sentence, names
    tags = list(SCHEMES[ours].tags_of(entities, length))
    found = seqeval.Tokens(tags, getattr(seqeval, theirs)).entities
    # Spans only: seqeval changes the name of a type such as "-".
    assert [(entity.start, entity.end) for entity in found] == [(entity.start, entity.end) for entity in entities]


@settings(deadline=None, max_examples=200)
@given(texts, scheme_names)
def test_what_is_detected_writes_the_same_tags_again(text, name):
    tags = tagged(text, SCHEMES[name])
    found = detect_scheme(tags)
    assert [found.tags_of(entities_of(row), len(row)) for row in tags] == tags


@settings(deadline=None, max_examples=200)
@given(texts, scheme_names)
def test_text_that_uses_all_letters_shows_its_scheme(text, name):
    text = [*text, ((Entity(0, 3, "PER"), Entity(4, 5, "PER")), 5)]
    assert detect_scheme(tagged(text, SCHEMES[name])).name == name


@settings(deadline=None, max_examples=200)
@given(st.lists(sentences_of_entities(least_gap=1, least_entities=1), min_size=1, max_size=4), st.data())
def test_stray_inside_tags_leave_iob2_as_long_as_they_are_fewer(text, data):
    tags = [list(row) for row in tagged(text, SCHEMES["IOB2"])]
    starts = [(row, entity.start) for row, (entities, _) in enumerate(text) for entity in entities]
    for row, start in data.draw(st.permutations(starts))[: (len(starts) - 1) // 2]:
        tags[row][start] = "I" + tags[row][start][1:]
    assert detect_scheme(tags).name == "IOB2"


@pytest.mark.parametrize(
    ("sentences", "name"),
    [
        ([], "IOB2"),
        ([""], "IOB2"),
        (["O O O"], "IOB2"),
        (["I-PER I-PER O"], "IOB1"),
        (["B-PER I-PER O"], "IOB2"),
        (["I-PER B-PER O"], "IOB1"),
        (["B-PER B-PER O"], "IOB2"),
        (["I-PER I-LOC O"], "IOB1"),
        (["B-PER I-LOC O"], "IOB2"),
        (["I-PER", "B-PER", "B-PER"], "IOB2"),  # a sentence's end ends its entities
        (["I-PER", "I-PER", "B-PER"], "IOB1"),
        (["B-PER E-PER"], "BIOES"),
        (["B-PER L-PER"], "BILOU"),
        (["B-PER M-PER E-PER"], "BMES"),
        (["S-PER"], "BIOES"),
        (["U-PER"], "BILOU"),
        (["W-PER"], "BMEWO"),
        (["B-PER I-PER", "S-PER"], "BIOES"),
    ],
)
def test_little_text_is_read_as_the_scheme_it_can_be(sentences, name):
    assert detect_scheme(sentence.split() for sentence in sentences).name == name


@pytest.mark.parametrize(
    ("tags", "text"),
    [
        ("E-PER L-PER", "prefixes E, L"),
        ("S-PER U-PER O", "prefixes S, U"),
        ("I-PER M-PER B-PER", "prefixes B, I, M"),
        ("W-PER I-PER", "prefixes I, W"),
        ("B-PER I-PER M-PER E-PER L-PER S-PER U-PER W-PER", "prefixes B, E, I, L, M, S, U, W"),
    ],
)
def test_letters_that_no_scheme_has_together_are_named(tags, text):
    with pytest.raises(ValueError, match=f"^{text}$"):
        detect_scheme([tags.split()])


def test_the_projects_own_text_is_iob2(sample):
    for path in sorted(sample.glob("*.conll")):
        lines = path.read_text(encoding="utf-8").splitlines()
        tags = [line.split("\t")[-1] for line in lines if line and not line.startswith("-DOCSTART-")]
        assert detect_scheme([tags]).name == "IOB2"
