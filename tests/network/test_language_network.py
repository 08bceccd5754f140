"""A language model by itself, against NumPy, and that it never sees the word it predicts."""

from dataclasses import replace

import numpy as np
import pytest
from builders import noise, random_batch, spelled
from language_networks import language_network, surprises

from tagger.features.batching import letters_of
from tagger.features.vocabulary import END, START
from tagger.network.characters import Letters
from tagger.network.language_network import Window
from tagger.training.pretraining.streams import windows_of

LENGTHS = [3, 6, 1, 4]
TEXT = np.random.default_rng(5).integers(1, 16, 30).astype(np.int32)  # rows beyond the classes too
DIRECTIONS = ("forward", "backward")


def of_batch(network, batch, noise=None, *, sampled=False):
    """Losses by direction, [N]."""
    letters = Letters(*letters_of(batch)) if batch.types is not None else None
    found = network.of_sentences(batch.word_ids, batch.lengths, noise, letters, sampled=sampled)
    return {direction: loss.numpy() for direction, loss in found.items()}


def of_text(network, text, streams=1, steps=7):
    """Losses by direction of all windows, in the order of reading, [B, all steps]."""
    memory, found = network.blank(streams), {direction: [] for direction in network.directions}
    for window in windows_of(text, streams, steps):
        both = dict(zip(DIRECTIONS, (window.onward, window.reverse), strict=True))
        asked = {direction: Window(*both[direction]) for direction in network.directions}
        losses, memory = network.of_windows(asked, memory, None, sampled=False)
        for direction, loss in losses.items():
            found[direction].append(loss.numpy().reshape(streams, -1))
    return {direction: np.concatenate(parts, axis=1) for direction, parts in found.items()}


def expected_of_sentence(network, words):
    backward = surprises(network, "backward", words[::-1], [*words[-2::-1], START])[::-1]
    return {"forward": surprises(network, "forward", words, [*words[1:], END]), "backward": backward}


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_of_sentences_the_losses_are_those_written_out_in_numpy(layers):
    network, batch = language_network(layers=layers), random_batch(LENGTHS, padding=2, rows=16)
    found, ends = of_batch(network, batch), np.cumsum(LENGTHS)
    assert {direction: loss.shape for direction, loss in found.items()} == dict.fromkeys(DIRECTIONS, (sum(LENGTHS),))
    for row, (end, length) in enumerate(zip(ends, LENGTHS, strict=True)):
        for direction, expected in expected_of_sentence(network, batch.word_ids[row, :length].tolist()).items():
            np.testing.assert_allclose(found[direction][end - length : end], expected, rtol=2e-5, atol=1e-5)


@pytest.mark.parametrize("streams", [1, 2])
@pytest.mark.parametrize("layers", [1, 2])
def test_of_windows_the_losses_are_those_of_the_whole_streams_in_numpy(layers, streams):
    """What a layer of a direction remembers goes on into the next window; the last one is shorter."""
    network = language_network(layers=layers, stream=True)
    found, columns = of_text(network, TEXT, streams, steps=6), (len(TEXT) - 1) // streams
    for direction, text in (("forward", TEXT), ("backward", TEXT[::-1])):
        for stream in range(streams):
            part = text[stream * columns : (stream + 1) * columns + 1]
            expected = surprises(network, direction, part[:-1], part[1:].tolist())
            np.testing.assert_allclose(found[direction][stream], expected, rtol=2e-5, atol=1e-5)


def test_windows_that_begin_blank_say_something_else():
    network = language_network(stream=True)
    whole = of_text(network, TEXT, steps=29)["forward"][0]
    cut = np.concatenate([of_text(network, TEXT[start : start + 8], steps=7)["forward"][0] for start in (0, 7)])
    np.testing.assert_allclose(cut[:7], whole[:7], atol=1e-5)
    assert np.abs(cut[7:] - whole[7:14]).max() > 1e-3


@pytest.mark.parametrize("characters", ["none", "cnn"])
@pytest.mark.parametrize("layers", [1, 2])
def test_a_sentence_never_sees_the_word_it_predicts(layers, characters):
    """Word t is read forward after the prediction at t - 1 and backward after that at t + 1; none before is moved."""
    network = language_network(layers=layers, characters=characters)
    length, words = 6, np.array([[5, 8, 6, 9, 7, 4], [4, 5, 6, 7, 8, 9]], np.int32)

    def losses(words):
        batch = replace(random_batch([length, length]), word_ids=words)
        found = of_batch(network, spelled(batch) if characters != "none" else batch)
        return {direction: loss.reshape(2, length) for direction, loss in found.items()}

    before = losses(words)
    for place in range(length):
        changed = words.copy()
        changed[0, place] = 11
        after = losses(changed)
        moved = {direction: np.abs(after[direction] - before[direction]) > 1e-5 for direction in DIRECTIONS}
        assert not moved["forward"][0, : max(0, place - 1)].any()
        assert not moved["backward"][0, place + 2 :].any()
        assert moved["forward"][0, place:].all()
        assert moved["backward"][0, : place + 1].all()
        assert not any(moved[direction][1].any() for direction in DIRECTIONS)


@pytest.mark.parametrize("layers", [1, 2])
def test_a_stream_never_sees_the_word_it_predicts(layers):
    """At step i forward reads id i and predicts i + 1; backward reads id 14 - i and predicts 13 - i."""
    network, text = language_network(layers=layers, stream=True), TEXT[:15]
    before = of_text(network, text, steps=4)
    for place in range(len(text)):
        changed = text.copy()
        changed[place] = 11 if text[place] != 11 else 10
        moved = {
            name: np.abs(loss - before[name])[0] > 1e-6 for name, loss in of_text(network, changed, steps=4).items()
        }
        for direction, step in (("forward", place), ("backward", len(text) - 1 - place)):
            assert not moved[direction][: max(0, step - 1)].any()
            assert moved[direction][step : step + 2].all()


def test_the_forward_model_alone_has_no_backward_weights_and_the_same_losses():
    both, one = language_network(layers=2), language_network(layers=2, directions="forward")
    weights = both.weights()
    assert one.weights().keys() == {name for name in weights if "backward" not in name} < weights.keys()
    for name, weight in one.weights().items():
        weight.assign(weights[name].value)
    batch = random_batch(LENGTHS)
    (direction, loss), = of_batch(one, batch).items()  # fmt: skip
    assert direction == "forward"
    np.testing.assert_array_equal(loss, of_batch(both, batch)["forward"])


def test_weights_have_the_shapes_of_the_format():
    """A layer reads the one below it of the same direction alone: 4 units, not 8."""
    shapes = {name: tuple(weight.shape) for name, weight in language_network(layers=2).weights().items()}
    expected = {"embedding": (19, 5)}
    for direction in DIRECTIONS:
        for layer, width in enumerate((5, 4)):
            parts = {"kernel": (width, 16), "recurrent": (4, 16), "bias": (16,)}
            expected |= {f"encoder.{layer}.{direction}.{part}": shape for part, shape in parts.items()}
        expected |= {f"language_model.{direction}.projection": (4, 5), f"language_model.{direction}.bias": (12,)}
    assert shapes == expected


def test_a_sample_is_drawn_only_where_it_is_asked_for_and_something_is_random():
    network, batch = language_network(), random_batch(LENGTHS)
    full = of_batch(network, batch)["forward"]
    np.testing.assert_array_equal(of_batch(network, batch, noise())["forward"], full)
    np.testing.assert_array_equal(of_batch(network, batch, sampled=True)["forward"], full)
    sampled = of_batch(network, batch, noise(), sampled=True)["forward"]
    assert np.abs(sampled - full).max() > 1e-3


def test_words_are_forgotten_where_they_are_read_and_not_where_they_are_predicted():
    """With nearly every word dropped, what is read is <unk> and what is to be said stays."""
    network, words = language_network(word_dropout=0.999999), [5, 7, 9, 6]
    batch = replace(random_batch([4]), word_ids=np.array([words], np.int32))
    found = of_batch(network, batch, noise())
    np.testing.assert_allclose(found["forward"], surprises(network, "forward", [1] * 4, [7, 9, 6, END]), rtol=1e-5)
