from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.config import ColumnFormat, Config, EncoderConfig, WordConfig
from tagger.corpus.sentence import Sentence
from tagger.features.batching import encode
from tagger.features.vocabulary import SPECIALS, UNK, UnlabelledWords, build_vocabulary
from tagger.training.data import load_data

DEFAULT = WordConfig()
PLAIN = WordConfig(lowercase=False, fold_digits=False)


def vocabulary_of(text, config=DEFAULT, vector_words=()):
    """A vocabulary of train sentences, one a line, tokens between blanks."""
    train = [Sentence(tuple(line.split(" "))) for line in text.split("\n")]
    return build_vocabulary(train, config, vector_words)


def found(vocabulary, word):
    """The word that stands for another in the vocabulary."""
    return vocabulary.words[vocabulary.row(word)]


def test_special_rows_come_first():
    assert vocabulary_of("a").words == ("<pad>", "<unk>", "<s>", "</s>", "a")


def test_words_of_train_fall_in_frequency_and_ties_are_alphabetical():
    vocabulary = vocabulary_of("d b a\nc b e\nc b")
    assert vocabulary.words[4:] == ("b", "c", "a", "d", "e")
    assert vocabulary.train_rows == 9
    assert vocabulary.singleton_rows == 6


def test_the_order_of_sentences_does_not_matter():
    assert vocabulary_of("a b\nc a\nd") == vocabulary_of("d\nc a\na b")


def test_frequency_is_counted_over_all_spellings_of_a_normal_form():
    vocabulary = vocabulary_of("x x Rome ROME rome 1987 2024")
    assert vocabulary.words[4:] == ("rome", "0000", "x")
    assert vocabulary.singleton_rows == vocabulary.train_rows


@pytest.mark.parametrize(
    ("lowercase", "fold_digits", "form"),
    [(True, True, "mig-00"), (True, False, "mig-29"), (False, True, "MiG-00"), (False, False, "MiG-29")],
)
def test_a_word_stands_under_its_normal_form(lowercase, fold_digits, form):
    vocabulary = vocabulary_of("MiG-29", WordConfig(lowercase=lowercase, fold_digits=fold_digits))
    assert vocabulary.words[4:] == (form,)
    assert found(vocabulary, "MiG-29") == form


@pytest.mark.parametrize(
    ("config", "known", "unknown"),
    [
        (DEFAULT, ["Oslo", "OSLO", "oslo", "b52", "B52", "b10"], ["Osl0", "b-52", "b5", ""]),
        (WordConfig(lowercase=False), ["Oslo", "B52", "B10"], ["oslo", "OSLO", "b52"]),
        (WordConfig(fold_digits=False), ["OSLO", "b52", "B52"], ["b10", "B00"]),
        (PLAIN, ["Oslo", "B52"], ["oslo", "b52", "B10", "B00"]),
    ],
)
def test_unseen_spellings_are_found_by_the_forms_that_are_on(config, known, unknown):
    vocabulary = vocabulary_of("Oslo B52", config)
    assert all(vocabulary.row(word) >= len(SPECIALS) for word in known)
    assert all(vocabulary.row(word) == UNK for word in unknown)


def test_digits_of_every_script_are_folded():
    assert vocabulary_of("٣x ۴X").words[4:] == ("0x",)


@pytest.mark.parametrize(
    ("vector_words", "form"),
    [
        (("b0b", "b2b", "B2B"), "B2B"),
        (("b0b", "b2b", "B0B"), "b2b"),
        (("b0b", "B0B"), "b0b"),
        (("B0B", "b9b"), "<unk>"),
    ],
)
@pytest.mark.parametrize("config", [DEFAULT, PLAIN])
def test_vector_words_are_looked_up_as_written_then_lowercased_then_folded(config, vector_words, form):
    assert found(vocabulary_of("x", config, vector_words), "B2B") == form


def test_words_of_a_vectors_file_widen_the_vocabulary_after_those_of_train():
    vocabulary = vocabulary_of("x y x", vector_words=("q", "y", "Q", "p", "q", "<unk>", "<pad>"))
    assert vocabulary.words == (*SPECIALS, "x", "y", "q", "Q", "p")
    assert (vocabulary.singleton_rows, vocabulary.train_rows) == (5, 6)


def test_a_word_of_train_keeps_the_spelling_that_the_vectors_know():
    vocabulary = vocabulary_of("Paris PARIS paris 42 43", vector_words=("paris", "Paris", "42"))
    assert vocabulary.words[4:] == ("paris", "00", "42", "Paris")
    assert found(vocabulary, "Paris") == "Paris"
    assert found(vocabulary, "PARIS") == "paris"
    assert found(vocabulary, "43") == "00"


@pytest.mark.parametrize("special", SPECIALS)
def test_a_special_name_in_the_text_is_a_word_like_any_other(special):
    seen = vocabulary_of(f"{special} a {special}")
    assert seen.words[4:] == (special, "a")
    assert seen.row(special) == 4
    assert vocabulary_of("a").row(special) == UNK
    assert vocabulary_of("a", vector_words=(special, "b")).row(special) == UNK


words = st.text("aAbB12٣ßİΣς<>", min_size=1, max_size=3)
configs = st.builds(WordConfig, lowercase=st.booleans(), fold_digits=st.booleans())


@settings(deadline=None, max_examples=200)
@given(st.lists(words, min_size=1, max_size=30), configs, st.lists(words, max_size=10))
def test_rows_of_train_fall_in_frequency_down_to_the_words_seen_once(tokens, config, vector_words):
    train = [Sentence(tuple(tokens))]
    vocabulary = build_vocabulary(train, config, vector_words)
    counts = Counter(encode(train, vocabulary).word_ids.tolist())
    assert set(counts) == set(range(len(SPECIALS), vocabulary.train_rows))
    by_row = [counts[row] for row in sorted(counts)]
    assert by_row == sorted(by_row, reverse=True)
    assert sum(count > 1 for count in by_row) == vocabulary.singleton_rows - len(SPECIALS)


@settings(deadline=None, max_examples=100)
@given(st.lists(words, max_size=10), configs, st.lists(words, max_size=10))
def test_every_vector_word_has_a_row_of_its_own(tokens, config, vector_words):
    vocabulary = build_vocabulary([Sentence(tuple(tokens))], config, vector_words)
    assert [found(vocabulary, word) for word in vector_words] == vector_words


@settings(deadline=None, max_examples=100)
@given(st.text(), st.booleans())
def test_any_text_has_a_row_that_is_no_padding_or_bound(text, widened):
    vocabulary = vocabulary_of("a B 1", vector_words=("A", "2") if widened else ())
    assert vocabulary.row(text) in {UNK, *range(len(SPECIALS), len(vocabulary))}


@pytest.fixture
def files(tmp_path) -> dict[str, Path]:
    texts = {
        "train": "Anna B-PER\nslept O\n\nOslo B-LOC\nslept O\n",
        "dev": "Anna B-PER\nsnored O\n",
        "other": "Bergen B-LOC\nslept O\n",
    }
    paths = {name: tmp_path / f"{name}.conll" for name in texts}
    for name, path in paths.items():
        path.write_text(texts[name], encoding="utf-8")
    return paths


def test_words_of_dev_that_train_lacks_are_unknown(files):
    data = load_data(files["train"], files["dev"], ColumnFormat(), seed=1)
    vocabulary = build_vocabulary(data.train, DEFAULT)
    rows = encode(data.dev, vocabulary).word_ids
    assert vocabulary.words[rows[0]] == "anna"
    assert rows[1] == UNK


def test_a_run_takes_its_vocabulary_from_train_alone(files, tmp_path):
    from tagger.training.request import TrainRequest
    from tagger.training.run import train_model

    def vocabulary(dev):
        config = Config(words=WordConfig(embedding_size=4), encoder=EncoderConfig(units=4))
        run = train_model(TrainRequest(files["train"], tmp_path / "model", dev=dev, config=config))
        started = next(run)
        run.close()
        return started.plan.vocabulary, started.plan.data

    with_dev, _ = vocabulary(files["dev"])
    assert vocabulary(files["other"])[0] == with_dev
    assert with_dev.words == (*SPECIALS, "slept", "anna", "oslo")
    held_out, data = vocabulary(None)
    (sentence,) = data.dev
    assert held_out.row(sentence.tokens[0]) == UNK
    assert len(held_out) == len(SPECIALS) + 2


def joined(text, counts, least=2, most=100, config=DEFAULT, vector_words=()):
    """The vocabulary of train sentences and of unlabelled text with such counts."""
    train = [Sentence(tuple(line.split(" "))) for line in text.split("\n")]
    return build_vocabulary(train, config, vector_words, UnlabelledWords(counts, least, most))


def test_words_of_unlabelled_text_join_by_the_sum_of_their_counts():
    vocabulary = joined("a a a b c", {"d": 4, "e": 2, "b": 1, "f": 1, "g": 3})
    # d 4; a 3, g 3; b 1 + 1, e 2; c 1, the only singleton; f stands too seldom
    assert vocabulary.words == (*SPECIALS, "d", "a", "g", "b", "e", "c")
    assert (vocabulary.singleton_rows, vocabulary.train_rows) == (9, 10)


def test_only_the_most_frequent_of_them_have_a_row_and_train_loses_none():
    vocabulary = joined("a b", {"d": 4, "e": 2, "b": 5, "g": 4, "h": 3}, most=2)
    assert vocabulary.words == (*SPECIALS, "b", "d", "g", "a")
    assert vocabulary.singleton_rows == 7


def test_they_are_counted_over_all_spellings_and_a_single_one_is_a_singleton():
    vocabulary = joined("x", {"Rome": 1, "rome": 1, "1987": 1, "2024": 1, "once": 1, "X": 1}, least=1)
    assert vocabulary.words == (*SPECIALS, "0000", "rome", "x", "once")
    assert vocabulary.singleton_rows == 7
    assert found(vocabulary, "ROME") == "rome"


def test_marks_of_ours_in_unlabelled_text_are_not_words():
    vocabulary = joined("a <unk>", dict.fromkeys(SPECIALS, 50))
    assert vocabulary.words == (*SPECIALS, "<unk>", "a")
    assert vocabulary.singleton_rows == 4


def test_a_word_of_the_vectors_that_unlabelled_text_has_is_learned():
    vocabulary = joined("a a", {"b": 3, "Paris": 2, "paris": 1}, vector_words=["c", "b", "Paris"])
    assert vocabulary.words == (*SPECIALS, "b", "Paris", "a", "c")
    assert vocabulary.train_rows == 7


def test_unlabelled_text_with_no_word_changes_nothing():
    assert joined("a b a", {}) == vocabulary_of("a b a")
