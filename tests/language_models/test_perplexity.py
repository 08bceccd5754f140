import math
from itertools import chain, pairwise

import numpy as np
import pytest
from small_language_models import CHARACTER_LIST, LETTERS, WORD_LIST
from textbook import END, START, UNK, Textbook, spelling

from tagger.config import ColumnFormat, TextFormat
from tagger.documents.sentences import find_raw_text
from tagger.errors import DataError
from tagger.language_models import encoding, perplexity, scoring
from tagger.language_models.bundle import LanguageBundle
from tagger.language_models.perplexity import measure_perplexity

TEXT = "The harbour opens .\nAnna does n't rarer a boat 1996 .\n\nthe ( rare </s> boat ) .\n.\n"
SENTENCES = [line.split() for line in TEXT.splitlines() if line]
MODELS = {
    "words": {},
    "words, two layers": {"layers": 2},
    "words and their characters": {"characters": "cnn", "layers": 2},
    "words of a stream": {"stream": True, "layers": 2},
    "characters": {"unit": "character"},
    "characters, two layers": {"unit": "character", "layers": 2},
    "words forward": {"directions": "forward"},
    "words of a stream forward": {"stream": True, "directions": "forward"},
}


@pytest.fixture(params=MODELS.values(), ids=MODELS)
def model(request, made):
    return made(**request.param)


@pytest.fixture
def raw(tmp_path):
    def raw(*texts, tokenized=True):
        files = [tmp_path / f"{place}.txt" for place in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_text(text, encoding="utf-8")
        return find_raw_text(files, TextFormat(), ColumnFormat(), tokenized=tokenized)

    return raw


def measured(model, raw, **options):
    return measure_perplexity(LanguageBundle.open(model), raw, **options)


def row_of(word):
    """As the model knows words: lowercase, digits as 0, whatever it does not know as <unk>."""
    for form in (word, word.lower(), "".join("0" if letter.isdigit() else letter for letter in word.lower())):
        if form in WORD_LIST:
            return 4 + WORD_LIST.index(form)
    return UNK


def losses_by_hand(model, direction, texts):
    """-log p of every prediction: of texts as pairs of a row and a spelling, the first of which is only read."""
    features, textbook, losses = spelling(model, "".join(CHARACTER_LIST)), Textbook(model, direction), []
    for text in texts:
        textbook.restart()
        for (row, word), (target, _) in pairwise(text):
            losses.append(-textbook.log_probability(textbook.read(row, features(word)), target))
    return losses


def by_hand(model, direction, text=TEXT):
    """What is read after each other, as the model's directory says."""
    config = LanguageBundle.open(model).config
    step = 1 if direction == "forward" else -1
    if config.pretraining.unit == "character":
        rows = [4 + LETTERS.index(letter) if letter in LETTERS else UNK for letter in text]
        texts = [[(row, "") for row in (END, *rows[::step])]]
    elif config.is_stream:
        words = [pair for tokens in SENTENCES for pair in (*((row_of(t), t) for t in tokens), (END, ""))]
        texts = [[(END, ""), *words[::step]]]
    else:
        bound = (END, "") if direction == "forward" else (START, "")
        texts = [[*[(row_of(token), token) for token in tokens][::step], bound] for tokens in SENTENCES]
    return losses_by_hand(model, direction, texts)


def test_it_is_exp_of_the_mean_of_what_the_equations_give(model, raw):
    found = measured(model, raw(TEXT))
    directions = LanguageBundle.open(model).directions
    losses = {direction: by_hand(model, direction) for direction in directions}
    every = list(chain(*losses.values()))
    assert found.forward == pytest.approx(math.exp(np.mean(losses["forward"])), rel=1e-5)
    assert found.overall == pytest.approx(math.exp(np.mean(every)), rel=1e-5)
    assert found.predictions == len(losses["forward"])
    if "backward" in losses:
        assert found.backward == pytest.approx(math.exp(np.mean(losses["backward"])), rel=1e-5)
        assert found.backward != pytest.approx(found.forward)
    else:
        assert found.backward is None


def test_sentences_are_n_predictions_a_stream_one_more_a_sentence_characters_all_of_them(made, raw):
    tokens = sum(map(len, SENTENCES))
    counts = [measured(made(**options), raw(TEXT)) for options in ({}, {"stream": True}, {"unit": "character"})]
    assert [count.predictions for count in counts] == [tokens, tokens + len(SENTENCES), len(TEXT)]
    assert [count.units for count in counts] == [tokens, tokens, len(TEXT)]


def test_unknown_are_words_without_a_class_and_a_mark_that_stands_in_the_text(made, raw):
    unknown = {"does", "rare", "rarer", "</s>"}  # two of them have a row, beyond the classes
    count = sum(token in unknown for tokens in SENTENCES for token in tokens)
    for options in ({}, {"stream": True}):
        assert measured(made(**options), raw(TEXT)).unknown == count == 4
    letters = measured(made(unit="character"), raw(TEXT))
    assert letters.unknown == sum(letter not in LETTERS[:-1] for letter in TEXT)
    assert letters.bits_per_character == pytest.approx(math.log2(letters.forward))
    assert measured(made(), raw(TEXT)).bits_per_character is None


@pytest.mark.parametrize("steps", [1, 3, 8])
def test_where_it_is_cut_into_batches_windows_and_parts_changes_nothing(model, raw, monkeypatch, steps):
    whole = measured(model, raw(TEXT * 3))
    monkeypatch.setattr(scoring, "_STEPS", steps)
    monkeypatch.setattr(perplexity, "_BATCH", 2)
    monkeypatch.setattr(perplexity, "_SENTENCES", 3)
    monkeypatch.setattr(encoding, "_PART", 5)
    text = TEXT * 3
    pieces = [text[start : start + 7] for start in range(0, len(text), 7)]
    monkeypatch.setattr(encoding, "read_passages", lambda raw: iter(pieces))
    found = measured(model, raw(text))
    assert (found.predictions, found.units, found.unknown) == (whole.predictions, whole.units, whole.unknown)
    assert found.overall == pytest.approx(whole.overall, rel=1e-6)
    assert found.forward == pytest.approx(whole.forward, rel=1e-6)
    assert (found.backward or 0.0) == pytest.approx(whole.backward or 0.0, rel=1e-6)


def test_a_large_softmax_takes_fewer_steps_at_once(made, raw, monkeypatch):
    model, text = made(stream=True), raw(TEXT)
    whole = measured(model, text)
    monkeypatch.setattr(scoring, "_SCORES", 14 * 2)
    told = []
    assert measured(model, text, watch=told.append).overall == pytest.approx(whole.overall, rel=1e-6)
    assert max(np.diff(told)) == 2
    assert told[-1] == 2 * whole.predictions


def test_several_files_are_one_text_to_a_stream(made, raw):
    lines = TEXT.splitlines(keepends=True)
    for options in ({"stream": True, "layers": 2}, {"unit": "character"}):
        found = measured(made(**options), raw("".join(lines[:2]), "".join(lines[2:])))
        assert found.overall == pytest.approx(measured(made(**options), raw(TEXT)).overall, rel=1e-6)


def test_raw_text_is_split_into_sentences_and_tokens(made, raw):
    loose = measured(made(), raw("The boat opens. Anna doesn't.", tokenized=False))
    assert loose == measured(made(), raw("The boat opens .\nAnna does n't .\n"))


def test_half_a_surrogate_pair_in_json_is_no_obstacle(made, tmp_path):
    file = tmp_path / "text.jsonl"
    file.write_text('{"text": "a \\ud800 boat"}\n', encoding="utf-8")
    found = find_raw_text([file], TextFormat(), ColumnFormat(), tokenized=True)
    assert measured(made(stream=True), found).unknown == 1
    assert measured(made(unit="character"), found).unknown == 1


@pytest.mark.parametrize(
    ("options", "content", "message"),
    [
        ({}, "", "0.txt: found no sentence"),
        ({}, " \n\n \n", "0.txt: found no sentence"),
        ({"stream": True}, "\n", "0.txt: found no sentence"),
        ({"unit": "character"}, "", "0.txt: found no character"),
    ],
)
def test_nothing_to_predict_is_said(made, raw, options, content, message):
    with pytest.raises(DataError, match=message):
        measured(made(**options), raw(content))


def test_a_model_that_is_sure_of_something_else_is_infinitely_surprised(made, raw):
    found = measured(made(scale=1e6), raw(TEXT))
    assert found.overall == found.forward == found.backward == math.inf
