"""What a network takes from a language model, looked up word by word in the files of that model."""

import numpy as np
import pytest
from builders import random_floats, small_config
from safetensors.numpy import load_file
from small_language_models import write_language_model

from tagger.errors import ConfigError
from tagger.features.characters import CharacterVocabulary
from tagger.features.vocabulary import SPECIALS, Vocabulary
from tagger.inference.bundle import WEIGHTS
from tagger.language_models.bundle import LanguageBundle
from tagger.network.network import Network
from tagger.training.initial import carry_over, check_source
from tagger.training.prepare import forgetting_of

LABELS = ("O", "B-X", "I-X", "E-X", "S-X")
OWN = ("boat", "gull", "the", "quay")  # of which the first and the third are the model's too
SIZE = 6  # of the models of small_language_models


def network_of(words=OWN, letters=None, **options):
    config = small_config(embedding_size=SIZE, **{"units": 5, "lm_words": 3} | options)
    rows = len(SPECIALS) + len(words)
    vocabulary = Vocabulary((*SPECIALS, *words), rows, rows, lowercase=True, fold_digits=True)
    characters = CharacterVocabulary(letters) if letters is not None else None
    network = Network(random_floats(0, rows, SIZE), vocabulary, LABELS, config, characters)
    for place, weight in enumerate(network.weights().values()):
        weight.assign(random_floats(place + 1, *weight.shape))
    return network, vocabulary, characters, config.characters


def values_of(network):
    return {name: np.asarray(weight.value).copy() for name, weight in network.weights().items()}


def taken(tmp_path, letters=None, model=None, **options):
    """The network's weights before and after, the model's, and what is said of it."""
    path = write_language_model(tmp_path / "lm", **model or {})
    network, *parts = network_of(letters=letters, **options)
    before = values_of(network)
    found = carry_over(network, *parts, LanguageBundle.open(path))
    return before, values_of(network), load_file(path / WEIGHTS), found


def test_words_are_found_by_what_they_are_and_others_stay_new(tmp_path):
    before, after, theirs, found = taken(tmp_path)
    words = (tmp_path / "lm" / "words.txt").read_text(encoding="utf-8").split("\n")[:-1]
    for row, word in enumerate((*SPECIALS, *OWN)):
        expected = theirs["embedding"][words.index(word)] if word in words else before["embedding"][row]
        np.testing.assert_array_equal(after["embedding"][row], expected)
    assert found.words == (2, 4)
    assert found.characters is None


def test_the_first_layer_and_the_projections_are_taken_whole(tmp_path):
    before, after, theirs, found = taken(tmp_path)
    for direction in ("forward", "backward"):
        for name in ("kernel", "recurrent", "bias"):
            full = f"encoder.0.{direction}.{name}"
            np.testing.assert_array_equal(after[full], theirs[full])
            assert full in found.carried
        full = f"language_model.{direction}.projection"
        np.testing.assert_array_equal(after[full], theirs[full])
    np.testing.assert_array_equal(after["tag_head.kernel"], before["tag_head.kernel"])
    assert found.new == ("tag_head.kernel", "tag_head.bias")


def test_a_class_has_the_bias_of_its_word(tmp_path):
    """Class c is row c + 1; here `<unk>`, the bounds, `boat`, `gull` and `the`."""
    before, after, theirs, _ = taken(tmp_path)
    words = (tmp_path / "lm" / "words.txt").read_text(encoding="utf-8").split("\n")[:-1]
    for direction in ("forward", "backward"):
        name = f"language_model.{direction}.bias"
        expected = before[name].copy()
        for place, word in enumerate((*SPECIALS, *OWN)[1 : len(expected) + 1]):
            if word in words:
                expected[place] = theirs[name][words.index(word) - 1]
        np.testing.assert_array_equal(after[name], expected)
        assert not np.array_equal(before[name], expected)


def test_characters_and_their_filters_are_taken_too(tmp_path):
    letters = tuple("xbz")
    options = {"characters": "cnn", "character_size": 4, "character_features": 6}
    before, after, theirs, found = taken(tmp_path, letters, {"characters": "cnn"}, **options)
    known = (tmp_path / "lm" / "characters.txt").read_text(encoding="utf-8").split("\n")[:-1]
    rows = [*range(4), *(4 + known.index(letter) if letter in known else None for letter in letters)]
    for mine, row in enumerate(rows):
        name = "characters.embedding"
        np.testing.assert_array_equal(after[name][mine], before[name][mine] if row is None else theirs[name][row])
    np.testing.assert_array_equal(after["characters.width_3.kernel"], theirs["characters.width_3.kernel"])
    np.testing.assert_array_equal(after["encoder.0.forward.kernel"], theirs["encoder.0.forward.kernel"])
    assert found.characters == (2, 3)


def test_a_model_without_characters_gives_the_rows_for_words(tmp_path):
    options = {"characters": "cnn", "character_size": 4, "character_features": 6}
    before, after, theirs, found = taken(tmp_path, tuple("xbz"), **options)
    name = "encoder.0.backward.kernel"
    np.testing.assert_array_equal(after[name], np.concatenate([theirs[name], before[name][SIZE:]]))
    np.testing.assert_array_equal(after["characters.embedding"], before["characters.embedding"])
    assert name in found.carried
    assert "characters.bias" in found.new


def test_rows_for_other_letters_features_are_not_taken_for_words(tmp_path):
    """The model's kernel has 6 rows for words and 6 for letters, ours 6 and 8: the later ones mean something else."""
    options = {"characters": "cnn", "character_size": 4, "character_features": 8}
    before, after, _, found = taken(tmp_path, tuple("xbz"), {"characters": "cnn"}, **options)
    name = "encoder.0.forward.kernel"
    np.testing.assert_array_equal(after[name], before[name])
    assert name in found.new


def test_what_is_of_another_size_stays_new_and_is_said(tmp_path):
    before, after, _, found = taken(tmp_path, units=3)
    for name in before:
        if name.startswith("encoder.") or name.endswith("projection"):
            np.testing.assert_array_equal(after[name], before[name])
            assert name in found.new


def test_a_model_of_one_direction_leaves_the_other_new(tmp_path):
    _, _, _, found = taken(tmp_path, model={"directions": "forward"})
    assert "encoder.0.forward.kernel" in found.carried
    assert "encoder.0.backward.kernel" in found.new


def test_without_the_head_its_weights_are_not_asked_for(tmp_path):
    _, after, _, found = taken(tmp_path, lm_weight=0.0)
    assert not [name for name in (*after, *found.carried, *found.new) if name.startswith("language_model")]


def test_a_model_of_characters_or_another_width_is_refused(tmp_path):
    words = LanguageBundle.open(write_language_model(tmp_path / "words"))
    letters = LanguageBundle.open(write_language_model(tmp_path / "letters", unit="character"))
    check_source(words, SIZE)
    with pytest.raises(ConfigError, match=r"letters: reads characters, not words; name it with --character-lm"):
        check_source(letters, SIZE)
    with pytest.raises(ConfigError, match=r"its words have 6 numbers each, here they have 7"):
        check_source(words, SIZE + 1)


def test_words_that_stand_once_among_the_labelled_are_forgotten():
    rates = forgetting_of(np.array([4, 6, 5, 4, 7, 1], np.int32), 9, 0.25)
    np.testing.assert_array_equal(rates, np.array([0, 0.25, 0, 0, 0, 0.25, 0.25, 0.25, 0], np.float32))
