"""`tagger generate`: what a language model writes."""

import pytest
from small_language_models import write_language_model

from tagger.language_models.bundle import LanguageBundle
from tagger.language_models.sampling import sample


@pytest.fixture(scope="session")
def words(tmp_path_factory):
    return write_language_model(tmp_path_factory.mktemp("words") / "model", stream=True)


@pytest.fixture(scope="session")
def letters(tmp_path_factory):
    return write_language_model(tmp_path_factory.mktemp("letters") / "model", unit="character")


def test_a_text_goes_on_as_the_options_say(run, words, letters):
    for model in (words, letters):
        options = "--seed-text", "the boat", "--temperature", "0.5", "--length", "30", "--seed", "7"
        ran = run("generate", model, *options)
        assert (ran.code, ran.err) == (0, "")
        bundle = LanguageBundle.open(model)
        assert ran.out == "".join(sample(bundle, "the boat", temperature=0.5, length=30, seed=7)) + "\n"
        assert ran.out.startswith("the boat")


def test_each_option_matters(run, letters):
    plain = ["--seed-text", "the", "--length", "40"]
    texts = [run("generate", letters, *plain, *more).out for more in ([], ["--seed", "2"], ["--temperature", "0.1"])]
    assert len({*texts}) == 3
    assert [len(text) for text in texts] == [3 + 40 + 1] * 3
    assert run("generate", letters, *plain).out == texts[0]


def test_without_options_it_begins_by_itself(run, letters):
    assert len(run("generate", letters).out) == 200 + 1


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--temperature", "-1"], "--temperature: -1.0 is not a number of 0 or more"),
        (["--temperature", "nan"], "--temperature: nan is not a number of 0 or more"),
        (["--length", "-1"], "--length: -1 is less than 0"),
        (["--seed", "-1"], "--seed: -1 is less than 0"),
    ],
)
def test_what_cannot_be_is_one_line(refuses, letters, options, text):
    refuses(text, "generate", letters, *options)


def test_a_tagger_writes_nothing(refuses, model):
    refuses(f"{model}: a tagger, which `tagger tag` and `tagger evaluate` run", "generate", model)


def test_a_text_can_be_shown_on_any_terminal(run, letters):
    assert run("generate", letters, "--seed-text", "caf\u00e9", "--length", "2", encoding="ascii").code == 0
