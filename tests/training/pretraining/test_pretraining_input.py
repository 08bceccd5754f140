"""What texts and vectors a language model is learned from, and which are refused."""

from dataclasses import replace

import numpy as np
import pytest
from pretraining_runs import SENTENCES, TEXT, raw, refused

from tagger.errors import ConfigError, DataError
from tagger.language_models.bundle import LanguageBundle
from tagger.training.pretraining.run import pretrain


@pytest.mark.parametrize(
    ("text", "options", "match"),
    [
        ("", {}, "text.txt: found no sentence$"),
        (" \n\n", {"stream": True}, "text.txt: found no text to learn from$"),
        ("", {"unit": "character"}, "text.txt: found no text to learn from$"),
        ("one sentence\n", {}, "text.txt: found one sentence, expected at least two, as one is held out$"),
        ("two words\n", {"stream": True}, "text.txt: found 3 words, ends of sentences among them, too few to learn"),
        ("abc", {"unit": "character"}, "text.txt: found 3 characters, too few to learn from and to hold some out$"),
        (b"good\nbad \xff\n", {}, "text.txt:2: "),
        (TEXT, {"dev": ""}, "dev.txt: found no text to measure by$"),
        (TEXT, {"dev": "\n \n", "stream": True}, "dev.txt: found no text to measure by$"),
        (TEXT, {"dev": "", "unit": "character"}, "dev.txt: found no text to measure by$"),
    ],
)
def test_text_that_is_too_little_or_none_is_one_line_and_nothing_is_left(ask, text, options, match):
    refused(ask(text=text, **options), DataError, match)


@pytest.mark.usefixtures("idle")
@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("two\nsentences\n", {}),
        ("three words here\n", {"stream": True}),
        ("abcd", {"unit": "character"}),
        ("one sentence\n", {"dev": "one\n"}),
        ("a\n", {"dev": "b\n", "stream": True}),
        ("ab", {"dev": "c", "unit": "character"}),
    ],
)
def test_the_least_text_makes_a_model(ask, text, options):
    *_, finished = pretrain(ask(text=text, epochs=3, **options))
    assert LanguageBundle.open(finished.output).manifest.perplexity >= 1.0


@pytest.mark.usefixtures("idle")
def test_bytes_that_are_not_utf_8_may_be_replaced(ask):
    asked = ask(text=b"good\nbad \xff\nugly\n")
    *_, finished = pretrain(replace(asked, text=raw(asked.text.sources[0].path, errors="replace")))
    assert "\ufffd" in (finished.output / "words.txt").read_text().split("\n")


@pytest.mark.usefixtures("idle")
def test_tokenized_text_is_taken_as_it_is_parted(ask):
    """Otherwise the point and the word before it are two tokens, and two lines may be one sentence."""
    asked = ask(text="It rains.\nin Linz.\n" * 4)
    counts = []
    for tokenized in (True, False):
        request = replace(asked, text=raw(asked.text.sources[0].path, tokenized=tokenized))
        *_, finished = pretrain(request)
        words = (finished.output / "words.txt").read_text().splitlines()
        counts.append(({"rains.", "linz."} <= {*words}, {"rains", "linz", "."} <= {*words}))
    assert counts == [(True, False), (False, True)]


@pytest.mark.usefixtures("idle")
def test_vectors_begin_rows_of_words_and_are_refused_for_characters(ask, tmp_path):
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("river 1 2 3\nnowhere 4 5 6\n")
    asked = replace(ask(**SENTENCES | {"embedding_size": None, "learning_rate": 0.0}), vectors=vectors)
    started, *_, finished = pretrain(asked)
    assert started.prepared.pretrained == 1
    bundle = LanguageBundle.open(finished.output)
    words = bundle.vocabulary().words
    assert "nowhere" not in words
    np.testing.assert_array_equal(bundle.weights(["embedding"])["embedding"][words.index("river")], [1, 2, 3])
    refused(replace(ask(unit="character"), vectors=vectors), ConfigError, "^--vectors: are of words; leave them out")
