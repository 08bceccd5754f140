"""Space files: what is read from one, and the line of what is wrong."""

from functools import partial

import pytest
from test_toml_file import refusal, written

from tagger.search_space import DEFAULT_SPACE, Choices, Range, space_toml
from tagger.space_file import read_space


@pytest.fixture
def read(tmp_path):
    """What a file of this content gives."""
    return lambda content: read_space(written(tmp_path / "space.toml", content))


@pytest.fixture
def refused(tmp_path):
    """What is said of a file of this content, after its path."""
    return partial(refusal, read_space, tmp_path / "space.toml")


def test_a_table_for_each_option(read):
    space = read(
        "[learning_rate]\nlow = 0.001\nhigh = 0.01\nlog = true\n"
        "[units]\nchoices = [64, 128]\n"
        "[input_dropout]\nlow = 0\nhigh = 0.6\nstep = 0.2\n"
        "[layers]\nlow = 1\nhigh = 5\nstep = 2\n"
    )
    assert space == {
        "learning_rate": Range(0.001, 0.01, log=True),
        "units": Choices((64, 128)),
        "input_dropout": Range(0.0, 0.6, step=0.2),
        "layers": Range(1, 5, step=2),
    }
    types = {name: (type(domain.low), type(domain.step)) for name, domain in space.items() if isinstance(domain, Range)}
    assert types == {
        "learning_rate": (float, type(None)),
        "input_dropout": (float, float),
        "layers": (int, int),
    }


@pytest.mark.parametrize(
    "content",
    [
        'units = {choices = [64, 128]}\n"layers".low = 1\nlayers.high = 3\n',
        "[units] # a comment\nchoices = [\n  64,\n  128\n]\n[layers]\nhigh = 3\nlow = 1",
    ],
)
def test_any_toml_will_do(read, content):
    assert read(content) == {"units": Choices((64, 128)), "layers": Range(1, 3)}


def test_the_default_space_can_be_a_file(read):
    assert read(space_toml(DEFAULT_SPACE)) == DEFAULT_SPACE


RATE = "[learning_rate]\nlow = 0.001\nhigh = 0.01\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "1: found no option to search"),
        ("# nothing\n", "1: found no option to search"),
        (RATE + "[unit]\nchoices = [1, 2]\n", "4: unknown option 'unit'; did you mean units?"),
        (RATE + "\n[learning-rate]\nlow = 1\n", "5: unknown option 'learning-rate'; did you mean learning_rate?"),
        ("[word_column]\nlow = 1\nhigh = 2\n", "1: unknown option 'word_column'; did you mean word_dropout?"),
        ("[tensorboard]\nlow = 1\nhigh = 2\n", "1: unknown option 'tensorboard'; expected one that shapes a model"),
        (RATE + "[seed]\nlow = 1\nhigh = 9\n", "4: seed cannot be searched"),
        ("\nunits = 64\n", "2: expected a table [units] with low and high, or with choices; found 64"),
        ("[[units]]\nlow = 1\n", "1: expected a table [units] with low and high, or with choices; found [{'low': 1}]"),
        (RATE + "hihg = 3\n", "4: unknown key 'hihg' of learning_rate; expected one of low, high, step, log, choices"),
        ("[units]\nlow = 8\n", "1: units has no high; expected low and high, or choices"),
        ("[units]\nhigh = 8\n", "1: units has no low; expected low and high, or choices"),
        ("[units]\n", "1: units has no low"),
        (RATE + "choices = [0.1, 0.2]\n", "2: learning_rate has choices; leave low and high out"),
        ("[units]\nchoices = 64\n", "2: choices of units: expected a list of at least two values, found 64"),
        ("[units]\nchoices = [64]\n", "2: choices of units: expected a list of at least two values, found [64]"),
        ("[units]\nchoices = [64,\n  64]\n", "2: choices of units: 64 stands there twice"),
        ("[units]\n\nchoices = [64, 0]\n", "3: --units: 0 is less than 1"),
        ("[units]\nchoices = [64, 12.5]\n", "2: --units: 12.5 is not a value of type int"),
        ("[units]\nchoices = [64, true]\n", "2: --units: True is not a value of type int"),
        ("[units]\nchoices = [64, [1]]\n", "2: --units: [1] is not a value of type int"),
        ('[optimizer]\nchoices = ["adam", "sgd"]\n', "2: --optimizer: 'sgd' is not one of nadam, adam"),
        ('[lowercase]\nchoices = [true, "no"]\n', "2: --lowercase: 'no' is not a value of type bool"),
        ("[lowercase]\nlow = 0\nhigh = 1\n", "1: lowercase is not a number; expected choices"),
        ("[optimizer]\nlow = 0\nhigh = 1\n", "1: optimizer is not a number; expected choices"),
        ("[input_dropout]\nlow = 0.1\nhigh = 1\n", "3: --input-dropout: 1 is not below 1.0"),
        ("[input_dropout]\nlow = -0.1\nhigh = 1\n", "2: --input-dropout: -0.1 is less than 0.0"),
        ("[input_dropout]\nlow = nan\nhigh = 0.5\n", "2: --input-dropout: nan is not a value of type float"),
        ("[units]\nlow = 8.0\nhigh = 16\n", "2: --units: 8.0 is not a value of type int"),
        ("[units]\nlow = 16\nhigh = 8\n", "2: low of units, 16, is not less than its high, 8"),
        ("[units]\nlow = 16\nhigh = 16\n", "2: low of units, 16, is not less than its high, 16"),
        ("[forget_bias]\nlow = -1e308\nhigh = 1e308\n", "2: forget_bias from -1e+308 to 1e+308 is too wide"),
        (RATE + "log = 1\n", "4: log of learning_rate: expected true or false, found 1"),
        ("[learning_rate]\nlow = 0\nhigh = 1\nlog = true\n", "2: low of learning_rate, 0.0, has no logarithm"),
        (RATE + "step = 0.001\nlog = true\n", "4: learning_rate has both log and step; leave one out"),
        ("[units]\nlow = 8\nhigh = 16\nstep = 0\n", "4: step of units: expected a whole number above 0, found 0"),
        ("[units]\nlow = 8\nhigh = 16\nstep = 0.5\n", "4: step of units: expected a whole number above 0, found 0.5"),
        (RATE + "step = nan\n", "4: step of learning_rate: expected a number above 0, found nan"),
        (RATE + "step = true\n", "4: step of learning_rate: expected a number above 0, found True"),
        (RATE + "step = 1e-300\n", "4: step of learning_rate: 1e-300 is too small for 0.001 to 0.01"),
        (RATE + "step = inf\n", "3: high of learning_rate, 0.01, is no number of steps of inf above its low, 0.001"),
        (
            "[units]\nlow = 8\nhigh = 20\nstep = 8\n",
            "3: high of units, 20, is no number of steps of 8 above its low, 8",
        ),
        ("[units]\nlow 8\n", "2: not TOML: Expected '=' after a key in a key/value pair at column 5"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(refused, content, said):
    assert refused(content).startswith(said)
