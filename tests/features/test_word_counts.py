"""Counts of words beside `collections.Counter`, which never forgets."""

import tracemalloc
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.features import word_counts
from tagger.features.word_counts import count_words

TEXT = [("a", "b"), ("a", "c", "a"), ("d",), ("a", "b")]


def test_words_and_sentences_are_counted():
    found = count_words(iter(TEXT))
    assert found.counts == {"a": 4, "b": 2, "c": 1, "d": 1}
    assert (found.words, found.sentences) == (8, 4)


def test_no_text_has_no_words():
    found = count_words([])
    assert (found.counts, found.words, found.sentences) == ({}, 0, 0)


@pytest.mark.parametrize(
    ("most", "sentences"), [(0, 0), (1, 1), (2, 1), (3, 2), (5, 2), (6, 3), (7, 4), (8, 4), (99, 4)]
)
def test_no_sentence_is_read_after_so_many_words(most, sentences):
    text = iter(TEXT)
    found = count_words(text, most_words=most)
    words = [word for sentence in TEXT[:sentences] for word in sentence]
    assert (found.counts, found.words, found.sentences) == (Counter(words), len(words), sentences)
    assert list(text) == TEXT[sentences:], "the rest is still to be read"


@pytest.mark.parametrize("distinct", [40, 1000])
def test_a_text_of_many_chunks_is_counted_exactly_while_its_words_are_few(monkeypatch, distinct):
    monkeypatch.setattr(word_counts, "_CHUNK", 7)
    text = [(f"{number % 40}", f"{number * number % 40}") for number in range(5000)]
    found = count_words(text, distinct=distinct)
    assert found.counts == Counter(word for sentence in text for word in sentence)
    assert (found.words, found.sentences) == (10_000, 5000)


@settings(deadline=None, max_examples=400)
@given(
    st.lists(st.lists(st.sampled_from("aaaaabbbcdefghijklmnopqrstuvwxyz"), max_size=6), max_size=120),
    st.integers(1, 12),
    st.integers(1, 9),
)
def test_what_is_forgotten_is_bounded(text, distinct, chunk):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(word_counts, "_CHUNK", chunk)
        found = count_words(text, distinct=distinct)
    exact = Counter(word for sentence in text for word in sentence)
    lost = 2 * found.words / distinct if len(exact) > distinct else 0
    assert found.words == exact.total()
    assert len(found.counts) <= distinct
    assert all(0 < count <= exact[word] for word, count in found.counts.items())
    assert all(found.counts.get(word, 0) >= count - lost for word, count in exact.items())


def test_frequent_words_outlive_any_number_of_rare_ones(monkeypatch):
    monkeypatch.setattr(word_counts, "_CHUNK", 50)
    text = [
        ("often", f"rare{number}", "sometimes" if number % 4 == 0 else f"seldom{number}") for number in range(20_000)
    ]
    found = count_words(text, distinct=100)
    assert found.counts["often"] == 20_000, "it was there from the start and never left"
    assert found.counts["sometimes"] == 5000
    assert len(found.counts) <= 100


def test_so_many_are_forgotten_that_half_of_the_room_is_left():
    found = count_words(["aaaa", "bbb", "cc", "d", "e"], distinct=4)
    assert found.counts == {"a": 4, "b": 3}
    assert (found.words, found.sentences) == (11, 5)


def test_a_word_that_comes_late_is_kept_where_it_is_more_frequent_than_those_there(monkeypatch):
    monkeypatch.setattr(word_counts, "_CHUNK", 120)
    early = [f"early{number}" for number in range(50)]
    text = [early * 20]
    for block in range(300):
        text.append([*["late"] * 10, *early, *(f"rare{block}.{number}" for number in range(60))])
    found = count_words(text, distinct=100)
    assert 3000 - 2 * 37_000 / 100 <= found.counts["late"] <= 3000


def test_memory_is_bounded_whatever_the_words(monkeypatch):
    monkeypatch.setattr(word_counts, "_CHUNK", 1000)
    text = ((f"the word of number {number}",) for number in range(100_000))
    tracemalloc.start()
    try:
        found = count_words(text, distinct=2000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.words == 100_000
    assert peak < 2_000_000
