from itertools import product

import numpy as np
import pytest
import tensorflow as tf
from builders import noise, random_floats, small_config, states_by_sentence, textbook_lstm, values

from tagger.network.encoder import LSTM, Encoder, pack
from tagger.network.noise import Noise, Share, Span, dropout

ONES = np.ones((40 * 30, 50), np.float32)  # [N, D], of forty sentences of thirty tokens
SENTENCES = pack(np.full(40, 30, np.int32))


def lstm(inputs=3, units=4, **options):
    made = LSTM(inputs, small_config(units=units, **options).encoder, seed=1, name="lstm")
    for place, weight in enumerate(made.weights().values()):
        weight.assign(random_floats(place, *weight.shape))
    return made


def read(layer, inputs, noise):
    """The states [B, T, H] of sentences [B, T, D] without padding."""
    return states_by_sentence(layer, inputs, [inputs.shape[1]] * len(inputs), noise)


@pytest.mark.parametrize("packing", [None, SENTENCES])
def test_without_noise_or_rate_dropout_is_the_identity(packing):
    inputs = random_floats(0, 1200, 4)
    np.testing.assert_array_equal(dropout(inputs, 0.5, None, packing), inputs)
    np.testing.assert_array_equal(dropout(inputs, 0.0, noise(), packing), inputs)


@pytest.mark.parametrize("packing", [None, SENTENCES])
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_the_share_asked_for_is_dropped_and_the_rest_scaled_up(rate, packing):
    dropped = np.array(dropout(ONES, rate, noise(), packing))
    np.testing.assert_allclose(np.unique(dropped), [0.0, 1.0 / (1.0 - rate)], rtol=1e-6)
    draws = 40 * 50 if packing else ONES.size
    assert abs((dropped == 0).mean() - rate) < 4 * np.sqrt(rate * (1 - rate) / draws)


def test_a_variational_mask_is_one_for_all_steps_of_a_sentence_and_no_other_sentence_has_it():
    kept = np.reshape(dropout(ONES, 0.5, noise(), SENTENCES), (40, 30, 50)) > 0
    assert (kept == kept[:, :1]).all()
    assert len(np.unique(kept[:, 0], axis=0)) == 40


@pytest.mark.parametrize("packed", [False, True])
def test_shares_of_a_batch_have_the_masks_that_they_have_in_the_whole(packed):
    """Sentences of 3, 1, 2 and 4 tokens: the first two, none of them, and the last two."""
    lengths, ones = np.array([3, 1, 2, 4], np.int32), np.ones((10, 6), np.float32)
    whole = dropout(ones, 0.5, noise(), pack(lengths) if packed else None)
    parts = []
    for start, end in ((0, 2), (2, 2), (2, 4)):
        before, of_share = lengths[:start].sum(), lengths[start:end]
        share = Share(Span(start, 4), Span(before, 10))
        packing = pack(of_share if len(of_share) else np.zeros(1, np.int32)) if packed else None
        draws = Noise(tf.constant([0, 7], tf.int32), share)
        parts.append(dropout(ones[before : before + of_share.sum()], 0.5, draws, packing))
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_a_mask_of_each_step_is_another_at_every_step():
    kept = np.array(dropout(ONES, 0.5, noise())) > 0
    assert len(np.unique(kept, axis=0)) == 40 * 30


def test_the_same_seed_draws_the_same_and_every_place_draws_anew():
    first, again = noise(1), noise(1)
    draws = [np.array(dropout(ONES, 0.5, first)) for _ in range(3)]
    for mask in draws:
        np.testing.assert_array_equal(dropout(ONES, 0.5, again), mask)
    others = [np.array(dropout(ONES, 0.5, noise(seed))) for seed in (0, 2)]
    assert len({mask.tobytes() for mask in (*draws, *others)}) == 5


def test_seeds_of_many_steps_and_places_never_meet():
    seeds = {tuple(source.draw().numpy()) for seed in range(50) for source in [noise(seed)] for _ in range(20)}
    assert len(seeds) == 50 * 20


@pytest.mark.parametrize("variational", [False, True])
def test_output_dropout_acts_on_what_the_cell_puts_out_and_not_on_what_it_remembers(variational):
    inputs = random_floats(0, 8, 6, 3)
    plain = read(lstm(), inputs, None)  # [B, T, H]
    dropped = read(lstm(output_dropout=0.5, variational=variational), inputs, noise())
    kept = dropped != 0
    np.testing.assert_allclose(dropped, np.where(kept, 2 * plain, 0), rtol=1e-5)
    assert 0 < kept.mean() < 1
    assert (kept == kept[:, :1]).all() == variational


def test_variational_input_dropout_takes_an_input_away_from_the_whole_sentence():
    """With one input a step, a sentence is read either without it or with twice of it."""
    inputs = random_floats(0, 20, 4, 1)
    found = read(lstm(inputs=1, input_dropout=0.5), inputs, noise())
    weights = values(lstm(inputs=1)).values()
    seen = []
    for row, sentence in zip(found, inputs, strict=True):
        readings = [textbook_lstm(scale * sentence, *weights) for scale in (0.0, 2.0)]
        fits = [np.allclose(row, reading, atol=1e-5) for reading in readings]
        assert sum(fits) == 1
        seen.append(fits.index(True))
    assert set(seen) == {0, 1}


def test_input_dropout_of_each_step_drops_steps_one_by_one():
    inputs = random_floats(0, 20, 4, 1)
    found = read(lstm(inputs=1, input_dropout=0.5, variational=False), inputs, noise())
    weights = values(lstm(inputs=1)).values()
    seen = set()
    for row, sentence in zip(found, inputs, strict=True):
        masks = []
        for mask in product((0.0, 2.0), repeat=4):
            reading = textbook_lstm(np.reshape(mask, (4, 1)) * sentence, *weights)
            masks += [mask] if np.allclose(row, reading, atol=1e-5) else []
        assert len(masks) == 1
        seen.update(masks)
    assert len(seen) > 5


def test_state_dropout_drops_recurrent_weights_once_a_batch():
    """With one unit there are four recurrent weights, so sixteen cells that the batch may have met."""
    inputs = random_floats(0, 3, 5, 2)
    layer = lstm(inputs=2, units=1, state_dropout=0.4)
    kernel, recurrent, bias = values(layer).values()
    seen = set()
    for seed in range(12):
        found = read(layer, inputs, noise(seed))
        masks = []
        for mask in product((0.0, 1 / 0.6), repeat=4):
            cells = [textbook_lstm(sentence, kernel, recurrent * np.array(mask), bias) for sentence in inputs]
            masks += [mask] if np.allclose(found, cells, atol=1e-5) else []
        assert len(masks) == 1
        seen.update(masks)
    assert len(seen) > 4


def test_state_dropout_touches_neither_kernel_nor_bias():
    """A sentence of one word has no state to come from, so it is read as without dropout."""
    inputs = random_floats(0, 3, 1, 3)  # [B, T, D]
    np.testing.assert_array_equal(read(lstm(state_dropout=0.5), inputs, noise()), read(lstm(), inputs, None))


def test_state_dropout_leaves_the_weights_themselves_whole():
    layer = lstm(state_dropout=0.5)
    before = values(layer)
    read(layer, random_floats(0, 3, 4, 3), noise())
    for name, weight in values(layer).items():
        np.testing.assert_array_equal(weight, before[name])


@pytest.mark.parametrize("option", ["input_dropout", "output_dropout", "state_dropout"])
def test_dropout_is_a_function_of_its_seed_and_absent_without_noise(option):
    inputs = random_floats(0, 4, 6, 3)
    layer = lstm(**{option: 0.4})
    np.testing.assert_array_equal(read(layer, inputs, noise(1)), read(layer, inputs, noise(1)))
    np.testing.assert_array_equal(read(layer, inputs, None), read(lstm(), inputs, None))
    assert not np.allclose(read(layer, inputs, noise(1)), read(layer, inputs, noise(2)))


def test_both_directions_and_all_layers_draw_their_own_masks():
    inputs = random_floats(0, 4, 3)
    encoder = Encoder(3, small_config(layers=2, units=40, output_dropout=0.5).encoder, seed=1)
    layers = encoder(inputs, pack(np.array([4], np.int32)), noise())
    masks = [np.array(states) == 0 for layer in layers for states in (layer.forward, layer.backward)]
    assert len({mask.tobytes() for mask in masks}) == 4
