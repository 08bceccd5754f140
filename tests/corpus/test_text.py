import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.corpus import text as text_module
from tagger.corpus.text import split_text

ODD = ["'s", "n't", "n\u2019t", "http://x.y/z?q=1.", "a@b.co", "@me_", "U.S.", "Mr.", "1,000.5", "...", "-", "\n",
       "\n\n", " ", "\t", "\u2028", "\u3000", "\u4f60", "👩\u200d👧", "🇩🇪", "é", "e\u0301", "नमस्ते", "\ud800", "<br/>",
       "&amp;", "O'B", '"', "(", ")", ".", "\x00", "\ufeff", "3.", ":-)"]  # fmt: skip
TEXTS = st.lists(st.sampled_from(ODD) | st.text(max_size=4) | st.characters(), max_size=25).map("".join)


def golden():
    """Pairs of lines: a text with its line ends as two characters, and its tokens."""
    blocks = Path(__file__).with_name("tokens.txt").read_text(encoding="utf-8").strip().split("\n\n")
    pairs = [block.split("\n") for block in blocks]
    return [(text.replace("\\n", "\n"), tokens) for text, tokens in pairs]


def tokens_of(text, language="en"):
    return [token for sentence in split_text(text, language) for token in sentence.tokens]


@settings(deadline=None, max_examples=300)
@given(TEXTS)
def test_every_character_but_white_space_is_in_exactly_one_token_where_it_stands(text):
    at = 0
    for sentence in split_text(text):
        assert len(sentence.tokens) == len(sentence.starts) > 0
        for token, start in zip(sentence.tokens, sentence.starts, strict=True):
            assert start >= at
            assert not text[at:start].strip()
            assert text[start : start + len(token)] == token
            assert token
            assert not re.search(r"\s", token)
            at = start + len(token)
    assert not text[at:].strip()


@pytest.mark.parametrize(("text", "tokens"), golden())
def test_tokens_are_those_of_corpora_in_the_manner_of_conll(text, tokens):
    assert tokens_of(text) == tokens.split(" | ")


def test_sentences_end_where_they_do_and_not_behind_abbreviations():
    text = 'Dr. Smith met the U.S. envoy. "I agree," he said. What now?\nA line that goes\non. '
    text += "\u4ed6\u6765\u3002\u597d\uff01\n\nNo stop here\n\nNew one"
    sentences = [" ".join(sentence.tokens) for sentence in split_text(text)]
    assert sentences == [
        "Dr. Smith met the U.S. envoy .",
        '" I agree , " he said .',
        "What now ?",
        "A line that goes on .",
        "\u4ed6 \u6765 \u3002",
        "\u597d \uff01",
        "No stop here",
        "New one",
    ]


@settings(deadline=None, max_examples=100)
@given(st.lists(TEXTS, max_size=4).map("\n\n".join))
def test_a_long_text_is_split_as_its_parts_are(text):
    """An empty line ends a sentence, so that where a text is cut into parts does not matter."""
    whole = list(split_text(text))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_module, "_PART", 1)
        assert list(split_text(text)) == whole


@pytest.mark.parametrize("text", ["", " ", "\n\n\n", "\t\u3000\u2028"])
def test_a_text_without_a_character_has_no_sentence(text):
    assert list(split_text(text)) == []


@pytest.mark.parametrize(
    "run",
    [
        "a",
        "A.",
        "+-",
        "1.",
        "http://",
        "a's",
        "n't",
        "<a",
        "&a",
        "a@",
        "a.bb",
        ":-",
        "é_",
        "1/",
        "a\u200b",
        "他",
        '"',
        "\n",
    ],
)
def test_long_runs_of_anything_are_read_in_a_time_like_their_length(run):
    """What goes back over a run from each of its places would not end: 200,000 characters."""
    text = run * (200_000 // len(run)) + "x"
    assert "".join(tokens_of(text)) == "".join(text.split())


def test_another_language_has_other_abbreviations():
    text = "Er kam z.B. am 3. Mai u.a. mit Prof. Huber. Dann ging er."
    assert len(list(split_text(text, "de"))) == 2
