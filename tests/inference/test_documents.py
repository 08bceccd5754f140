import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.corpus.document import Document
from tagger.corpus.text import split_text
from tagger.errors import ConfigError, DataError
from tagger.inference import documents
from tagger.inference.documents import TextOptions, tag_window, windows_of
from tagger.inference.tagger import Tagger

WORDS = ["Anna", "Weber", "lives in", "Trieste.", "The Harbour Office", "hired 12 divers.", "LONDON's", "?", "\n\n",
         "\u00e9\U0001f642"]  # fmt: skip
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), max_size=6)


@pytest.fixture(scope="module")
def tagger(model):
    return Tagger.load(model, threads=1)


def entities_by_sentence(tagger, text):
    """What the tagger says of each sentence's tokens alone, its spans as places in the text."""
    found = []
    for sentence in split_text(text):
        (tagged,) = tagger.tag([sentence.tokens])
        for entity in tagged.entities:
            last = entity.end - 1
            end = sentence.starts[last] + len(sentence.tokens[last])
            found.append((sentence.starts[entity.start], end, entity.type))
    return found


@settings(deadline=None, max_examples=60)
@given(TEXTS)
def test_every_text_comes_out_in_order_with_the_entities_of_its_sentences_where_they_stand(tagger, texts):
    tagged = list(tagger.pipe(texts))
    assert [document.text for document in tagged] == texts
    assert [document.id for document in tagged] == [str(number) for number in range(1, len(texts) + 1)]
    for text, document in zip(texts, tagged, strict=True):
        assert [(one.start, one.end, one.type) for one in document.entities] == entities_by_sentence(tagger, text)
        assert all(text[one.start : one.end] == one.text for one in document.entities)
        assert [(one.tokens, one.starts) for one in document.sentences] == [
            (one.tokens, one.starts) for one in split_text(text)
        ]


@settings(deadline=None, max_examples=40)
@given(TEXTS, st.integers(1, 60), st.integers(1, 5))
def test_windows_and_groups_change_nothing(tagger, texts, window, group):
    """But for the last bits of a confidence, as matrix products of other sizes may round otherwise."""
    expected = list(tagger.pipe(texts))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "_WINDOW", window)
        patch.setattr(documents, "_GROUP", group)
        found = list(tagger.pipe(texts))
    for one, other in zip(found, expected, strict=True):
        assert [(e.start, e.end, e.type) for e in one.entities] == [(e.start, e.end, e.type) for e in other.entities]
        assert one.sentences == other.sentences
        assert [e.confidence for e in one.entities] == pytest.approx([e.confidence for e in other.entities], abs=1e-5)


def test_entities_have_the_confidences_of_predict_and_unlikely_ones_are_left_out_everywhere(tagger):
    text = "Anna Weber lives in Trieste. The Harbour Office hired 12 divers. LONDON?"
    (all_of_them,) = tagger.pipe([text])
    predictions = tagger.predict([sentence.tokens for sentence in split_text(text)])
    confidences = [confidence for prediction in predictions for confidence in prediction.confidences]
    assert [entity.confidence for entity in all_of_them.entities] == pytest.approx(confidences)
    bound = sorted(confidences)[len(confidences) // 2]
    (likely,) = tagger.pipe([text], min_confidence=bound)
    assert likely.entities == tuple(entity for entity in all_of_them.entities if entity.confidence >= bound)
    assert 0 < len(likely.entities) < len(all_of_them.entities)
    tagged = tagger.tag([sentence.tokens for sentence in split_text(text)], min_confidence=bound)
    assert [tuple(sentence.tags) for sentence in likely.sentences] == [sentence.tags for sentence in tagged]


def test_texts_are_taken_only_as_they_are_needed(tagger):
    taken = []

    def endless():
        for number in range(10**9):
            taken.append(number)
            yield "Anna Weber lives in Trieste. " * 1000

    assert next(tagger.pipe(endless())).id == "1"
    assert len(taken) < 20


def test_a_window_is_of_so_many_characters_and_a_longer_text_is_alone():
    lengths = [150_000, 49_000, 2_000, 900_000, 10, 10]
    windows = windows_of(Document(str(length), "x" * length) for length in lengths)
    found = [[len(document.text) for document in window] for window in windows]
    assert found == [[150_000, 49_000], [2_000], [900_000], [10, 10]]


def test_sentences_are_left_out_where_nobody_asks_for_them(tagger):
    window = [Document("1", "Anna Weber lives in Trieste.")]
    kept, dropped = (tag_window(tagger, window, TextOptions(keep_sentences=keep))[0] for keep in (True, False))
    assert kept.sentences
    assert dropped.sentences == ()
    assert kept.entities == dropped.entities


def test_texts_without_a_token_have_no_entities(tagger):
    assert [document.entities for document in tagger.pipe(["", " \n", "\t"])] == [(), (), ()]


@pytest.mark.parametrize("text", [None, 3, b"bytes", ["Anna"]])
def test_what_is_no_text_is_named_by_its_place(tagger, text):
    with pytest.raises(DataError, match=f"^text 2: expected a string, found a {type(text).__name__}$"):
        list(tagger.pipe(["Anna", text]))


def test_an_impossible_confidence_is_refused_at_once(tagger):
    with pytest.raises(ConfigError, match="min_confidence"):
        tagger.pipe([], min_confidence=2.0)
