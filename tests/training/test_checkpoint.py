import errno
import json
import os
from itertools import product

import numpy as np
import pytest
from safetensors.numpy import load_file

from tagger.errors import DataError
from tagger.evaluation.scores import Score
from tagger.training import stored_state
from tagger.training.checkpoint import (
    Checkpoint,
    progress_from_json,
    progress_json,
    read_checkpoint,
    write_checkpoint,
)
from tagger.training.loop import EpochDone, Position, Progress

DONE = EpochDone(1, 0.1 + 0.2, 2.5, None, Score(1 / 3, 0.5, 0.4, 14), True, 3.25, 3.0, 50, 4)
PROGRESS = Progress(Position(2, 3, (1 / 7, 1e-300, 12.0), 1.5), (DONE,))
IDENTITY = {"tagger_version": "1", "options": {"seed": 42, "lowercase": True, "vectors": None}, "files": {"train": "a"}}


def checkpoint_of(seed, progress=PROGRESS):
    generator = np.random.default_rng(seed)
    tensors = {"w": generator.normal(size=(3, 4)).astype(np.float32), "b": generator.normal(size=2).astype(np.float32)}
    return Checkpoint(IDENTITY, progress, tensors)


@pytest.fixture
def place(tmp_path):
    return tmp_path / "checkpoint"


def same(one, other):
    assert (one.identity, one.progress) == (other.identity, other.progress)
    assert one.tensors.keys() == other.tensors.keys()
    for name, tensor in one.tensors.items():
        np.testing.assert_array_equal(tensor, other.tensors[name], strict=True)


def test_what_is_read_is_what_was_written(place):
    write_checkpoint(checkpoint_of(1), place)
    same(read_checkpoint(place), checkpoint_of(1))


def test_the_tensors_are_plain_safetensors(place):
    write_checkpoint(checkpoint_of(1), place)
    stored = load_file(place / "tensors.safetensors")
    np.testing.assert_array_equal(stored["w"], checkpoint_of(1).tensors["w"], strict=True)


def test_the_next_takes_the_place_of_the_one_before_and_nothing_else_is_left(place):
    for seed in (1, 2):
        write_checkpoint(checkpoint_of(seed), place)
    same(read_checkpoint(place), checkpoint_of(2))
    assert list(place.parent.iterdir()) == [place]
    assert sorted(path.name for path in place.iterdir()) == ["state.json", "tensors.safetensors"]


def test_a_draft_that_a_kill_left_is_written_over(place):
    draft = place.with_name("checkpoint.draft")
    draft.mkdir()
    (draft / "tensors.safetensors").write_bytes(b"half")
    write_checkpoint(checkpoint_of(1), place)
    same(read_checkpoint(place), checkpoint_of(1))


@pytest.mark.parametrize("progress", [Progress(), PROGRESS])
def test_progress_survives_json_to_the_last_bit(progress):
    assert progress_from_json(json.loads(json.dumps(progress_json(progress)))) == progress


@pytest.mark.parametrize("target", ["pathlib.Path.write_bytes", "pathlib.Path.write_text", "swap"])
@pytest.mark.parametrize("first", [True, False])
def test_a_full_disk_is_one_line_and_leaves_the_one_before(place, monkeypatch, target, first):
    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if not first:
        write_checkpoint(checkpoint_of(1), place)
    with monkeypatch.context() as patch, pytest.raises(DataError) as raised:
        patch.setattr(*((stored_state, "swap_directory") if target == "swap" else (target,)), full)
        write_checkpoint(checkpoint_of(2), place)
    text = str(raised.value)
    assert text.startswith(f"{place}: cannot be written: No space left on device")
    assert "\n" not in text
    if first:
        assert not place.exists()
    else:
        same(read_checkpoint(place), checkpoint_of(1))
    write_checkpoint(checkpoint_of(3), place)
    same(read_checkpoint(place), checkpoint_of(3))


@pytest.mark.parametrize("name", ["state.json", "tensors.safetensors"])
def test_a_missing_file_is_named_with_what_to_do(place, name):
    write_checkpoint(checkpoint_of(1), place)
    (place / name).unlink()
    refused(place)


@pytest.mark.parametrize("name", ["state.json", "tensors.safetensors"])
def test_a_file_cut_anywhere_is_damaged(place, name):
    write_checkpoint(checkpoint_of(1), place)
    stored = (place / name).read_bytes()
    for end in range(len(stored)):
        (place / name).write_bytes(stored[:end])
        refused(place)


@pytest.mark.parametrize("name", ["state.json", "tensors.safetensors"])
def test_a_flipped_bit_is_never_taken_for_something_else(place, name):
    """White space between JSON's values may change to other white space; nothing else may."""
    write_checkpoint(checkpoint_of(1), place)
    stored = (place / name).read_bytes()
    for at, bit in product(range(len(stored)), (0, 3, 7)):
        (place / name).write_bytes(stored[:at] + bytes([stored[at] ^ 1 << bit]) + stored[at + 1 :])
        try:
            found = read_checkpoint(place)
        except DataError as error:
            assert str(error).startswith(f"{place}: damaged")
        else:
            same(found, checkpoint_of(1))


@pytest.mark.parametrize("text", ["[]", "{}", "null", "7", '{"sha256": 1}', ""])
def test_a_state_of_another_shape_is_damaged(place, text):
    write_checkpoint(checkpoint_of(1), place)
    (place / "state.json").write_text(text)
    refused(place)


@pytest.mark.parametrize("part", ["identity", "progress"])
@pytest.mark.parametrize("value", [None, [], {}, {"position": [], "history": {}}])
def test_a_part_of_another_shape_is_damaged(place, part, value):
    write_checkpoint(checkpoint_of(1), place)
    values = json.loads((place / "state.json").read_text())
    (place / "state.json").write_text(json.dumps(values | {part: value}))
    refused(place)


def refused(place):
    with pytest.raises(DataError, match="--restart") as raised:
        read_checkpoint(place)
    assert str(raised.value).startswith(f"{place}: ")
    assert "\n" not in str(raised.value)


def test_progress_that_knows_of_no_unlabelled_text_is_read_as_that_of_a_run_without():
    progress = Progress(Position(2, 3, (1.0, 2.0, 3.0), 4.0), (DONE,))
    stored = progress_json(progress)
    del stored["position"]["unlabelled_tokens"], stored["history"][0]["unlabelled_perplexity"]
    assert progress_from_json(stored) == progress
