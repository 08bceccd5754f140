import math
from itertools import pairwise

import numpy as np
import pytest
from small_language_models import LETTERS, WORD_LIST
from textbook import END, START, UNK, Textbook

from tagger.errors import ConfigError
from tagger.features.vocabulary import SPECIALS
from tagger.language_models.bundle import LanguageBundle
from tagger.language_models.sampling import draw_row, sample
from tagger.language_models.writers import CharacterWriter, WordWriter, is_close

PROBABILITIES = np.array([0.05, 0.3, 0.15, 0.4, 0.1])
CRITICAL = {3: 16.27, 4: 18.47}  # chi-square at p = 0.001, by degrees of freedom


def drawn(temperature, barred=(), count=5000):
    generator = np.random.default_rng(1)
    logs = np.log(PROBABILITIES).astype(np.float32)
    rows = [draw_row(logs, barred, temperature, generator) for _ in range(count)]
    return np.bincount(rows, minlength=6)[1:]


def text_of(model, *args, **options):
    return "".join(sample(LanguageBundle.open(model), *args, **options))


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("barred", [(), (2,)])
def test_draws_are_as_frequent_as_the_softmax_says(temperature, barred):
    weights = PROBABILITIES ** (1.0 / temperature)
    weights[[row - 1 for row in barred]] = 0.0
    expected, found = 5000 * weights / weights.sum(), drawn(temperature, barred)
    assert not found[expected == 0.0].any()
    possible = expected > 0.0
    chi_square = np.sum((found[possible] - expected[possible]) ** 2 / expected[possible])
    assert chi_square < CRITICAL[possible.sum() - 1]


@pytest.mark.parametrize("temperature", [0.0, 1e-3, 1e-300])
def test_without_heat_the_likeliest_is_always_drawn(temperature):
    assert drawn(temperature, count=50).tolist() == [0, 0, 0, 50, 0]
    assert drawn(temperature, (4,), count=50).tolist() == [0, 50, 0, 0, 0]


def test_with_all_heat_all_are_alike():
    assert np.abs(drawn(1e300) - 1000).max() < 4 * math.sqrt(1000 * 0.8)


def test_unknown_is_drawn_when_nothing_else_can_be():
    generator = np.random.default_rng(1)
    assert draw_row(np.log(PROBABILITIES), (1, 2, 3, 4, 5), 1.0, generator) == UNK
    only = np.array([0.0, -np.inf, -np.inf], np.float32)
    assert draw_row(only, (UNK, START), 1.0, generator) == UNK


def greedy(textbook, rows, count, barred):
    """The likeliest row again and again; `barred` says which rows cannot be next."""
    for row in rows:
        state = textbook.read(row)
    found = []
    for _ in range(count):
        scores = textbook.log_probabilities(state)
        scores[[row - 1 for row in barred(found)]] = -np.inf
        found.append(int(scores.argmax()) + 1)
        state = textbook.read(found[-1])
    return found


@pytest.mark.parametrize("layers", [1, 2])
def test_at_zero_characters_are_the_likeliest_by_the_equations(made, layers):
    model = made(unit="character", layers=layers, scale=20.0)
    rows = [END, *(4 + LETTERS.index(letter) for letter in "the boat")]
    found = greedy(Textbook(model, "forward"), rows, 40, lambda found: (UNK, START, END))
    assert len(set(found)) > 1
    letters = "".join(LETTERS[row - 4] for row in found)
    assert text_of(model, "the boat", temperature=0.0, length=40) == f"the boat{letters}"


def test_at_zero_words_of_a_stream_are_the_likeliest_by_the_equations(made):
    model = made(stream=True, layers=2, scale=20.0)
    a, boat, opens, stop = (4 + WORD_LIST.index(word) for word in ("a", "boat", "opens", "."))
    bar = lambda found: (UNK, START, END) if found[-1:] == [END] else (UNK, START)  # noqa: E731
    found = greedy(Textbook(model, "forward"), [END, a, boat, stop, END, boat, opens], 40, bar)
    words = ["opens", *("\n" if row == END else WORD_LIST[row - 4] for row in found)]
    pieces = list(sample(LanguageBundle.open(model), "A boat. Boat opens ", temperature=0.0, length=40))
    assert pieces[0] == "A boat. Boat opens"
    assert [piece.strip(" ") for piece in pieces[1:]] == words[1:]
    assert [piece[:1] == " " for piece in pieces[1:]] == [
        "\n" not in (last, word) and not is_close(last, word) for last, word in pairwise(words)
    ]


def test_every_sentence_of_a_model_of_sentences_starts_from_the_bias_alone(made):
    model = made()
    writer, bias = WordWriter(LanguageBundle.open(model), 1), Textbook(model, "forward").bias
    expected = bias - np.log(np.sum(np.exp(bias)))
    writer.begin("")
    np.testing.assert_allclose(writer.log_probabilities(), expected, atol=1e-6)
    for row in (6, 7, END):
        assert writer.barred() == (UNK, START, END)[: 3 if row == 6 else 2]
        writer.write(row)
    np.testing.assert_allclose(writer.log_probabilities(), expected, atol=1e-6)
    assert writer.barred() == (UNK, START, END)


def test_a_stream_goes_on_behind_the_end_of_a_sentence(made):
    model = made(stream=True)
    writer, textbook = WordWriter(LanguageBundle.open(model), 1), Textbook(model, "forward")
    writer.begin("A boat. Boat opens ")
    for row in (END, *(4 + WORD_LIST.index(word) for word in ("a", "boat", ".")), END, 9, 6):
        state = textbook.read(row)
    for row in (6, 7, END, 8):
        np.testing.assert_allclose(writer.log_probabilities(), textbook.log_probabilities(state), atol=1e-5)
        writer.write(row)
        state = textbook.read(row)


def test_only_the_last_sentence_of_the_given_text_matters_to_a_model_of_sentences(made):
    bundle = LanguageBundle.open(made(characters="cnn"))
    longer, shorter = WordWriter(bundle, 1), WordWriter(bundle, 1)
    longer.begin("Anna opens a boat. The harbour")
    shorter.begin("The harbour")
    np.testing.assert_array_equal(longer.log_probabilities(), shorter.log_probabilities())
    shorter.begin("Anna harbour")
    assert np.abs(longer.log_probabilities() - shorter.log_probabilities()).max() > 0.01


def test_a_drawn_word_is_spelled_as_a_given_one(made):
    bundle = LanguageBundle.open(made(characters="cnn"))
    drawing, given = WordWriter(bundle, 1), WordWriter(bundle, 1)
    drawing.begin("the")
    drawing.write(4 + WORD_LIST.index("boat"))
    given.begin("the boat")
    np.testing.assert_allclose(drawing.log_probabilities(), given.log_probabilities(), atol=1e-6)


@pytest.mark.parametrize("options", [{}, {"stream": True}, {"unit": "character"}, {"characters": "cnn"}])
def test_the_same_seed_is_the_same_text_without_anything_unknown(made, options):
    model = made(**options)
    one, same, other = (text_of(model, length=400, seed=seed) for seed in (1, 1, 2))
    assert one == same != other
    assert not any(special in one for special in (*SPECIALS, "\ufffd"))
    assert "\n\n" not in one or "unit" in options
    assert one[:1] != "\n" or "unit" in options


def test_a_first_letter_is_drawn_as_often_as_the_equations_say(made):
    bundle, textbook = LanguageBundle.open(made(unit="character")), Textbook(made(unit="character"), "forward")
    writer = CharacterWriter(bundle, 1)
    writer.begin("a")
    textbook.read(END)
    expected = np.exp(textbook.log_probabilities(textbook.read(4 + LETTERS.index("a"))))[3:]
    generator = np.random.default_rng(3)
    rows = [draw_row(writer.log_probabilities(), writer.barred(), 1.0, generator) for _ in range(4000)]
    found = np.bincount(rows, minlength=4 + len(expected))[4:] / 4000
    np.testing.assert_allclose(found, expected / expected.sum(), atol=4 * 0.5 / math.sqrt(4000))


def test_words_stand_as_text_has_them():
    words = "she said ( once ) : do n't , it 's Anna 's ; 5 % ! or 'em ? ."
    tokens = words.split()
    text = tokens[0] + "".join(word if is_close(last, word) else f" {word}" for last, word in pairwise(tokens))
    assert text == "she said (once): don't, it's Anna's; 5%! or 'em?."


@pytest.mark.parametrize(
    ("options", "flag"),
    [
        ({"temperature": -0.1}, "--temperature"),
        ({"temperature": math.nan}, "--temperature"),
        ({"temperature": math.inf}, "--temperature"),
        ({"length": -1}, "--length"),
        ({"seed": -1}, "--seed"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(made, options, flag):
    with pytest.raises(ConfigError, match=flag):
        sample(LanguageBundle.open(made()), **options)
