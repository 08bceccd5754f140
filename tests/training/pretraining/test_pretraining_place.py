"""The directory of a run that was not finished: who may go on in it, and what is never touched."""

import shutil
from dataclasses import replace

import pytest
from language_networks import language_config
from pretraining_runs import SENTENCES, TEXT, killed_after, refused, steps_in
from small_runs import content, unfinished

from tagger.errors import ConfigError, DataError
from tagger.files import locked
from tagger.training.pretraining.run import pretrain


@pytest.fixture
def begun(ask, idle):
    """A request whose run was killed after a measure."""
    asked = ask(**SENTENCES)
    killed_after(asked, 6)
    return asked


def test_a_run_that_was_not_finished_is_neither_lost_nor_gone_on_with_unasked(begun):
    refused(begun, DataError, r"model\.unfinished: a run that was not finished; .*--resume.*--restart")


@pytest.mark.usefixtures("idle")
def test_restart_drops_it(begun, ask):
    list(pretrain(other := ask("other", **SENTENCES)))
    events = list(pretrain(replace(begun, restart=True)))
    assert steps_in(events)[0][1] == 1
    assert content(begun.output) == content(other.output)
    assert not unfinished(begun).exists()


@pytest.mark.parametrize(
    ("other", "match"),
    [
        ({"seed": 7}, r"^--seed 7: the run in .* was begun with --seed 1; go on with that, or drop it with --restart$"),
        ({"units": 5}, "^--units 5: "),
        ({"variational": False}, "^--no-variational: the run in .* was begun with --variational; "),
        ({"embedding_size": None}, "^--no-embedding-size: the run in .* was begun with --embedding-size 5; "),
    ],
)
def test_another_option_is_named(begun, other, match):
    refused(replace(begun, config=language_config(**SENTENCES | other), resume=True), ConfigError, match)


def test_another_file_is_named(begun, tmp_path):
    path = tmp_path / "text.txt"
    refused(replace(begun, resume=True, dev=begun.text), DataError, f"^{path}: not what the run in .* was begun with; ")
    refused(replace(begun, resume=True, vectors=path), DataError, f"^{path}: not what the run in ")
    path.write_text(TEXT + "more\n")
    refused(replace(begun, resume=True), DataError, f"^{path}: not what the run in .*; drop it with --restart$")


@pytest.mark.parametrize("name", ["state.json", "tensors.safetensors"])
@pytest.mark.parametrize("how", ["cut", "altered", "gone"])
def test_a_damaged_checkpoint_is_refused(begun, name, how):
    path = unfinished(begun) / "checkpoint" / name
    if how == "gone":
        path.unlink()
    else:
        stored = path.read_bytes()
        middle = len(stored) // 2
        path.write_bytes(
            stored[:middle] + (b"" if how == "cut" else bytes([stored[middle] ^ 1]) + stored[middle + 1 :])
        )
    refused(
        replace(begun, resume=True), DataError, r"checkpoint: (damaged|cannot be read).*; begin anew with --restart$"
    )


def test_a_checkpoint_whose_best_network_is_gone_is_refused(begun):
    (best,) = unfinished(begun).glob("best-*")
    shutil.rmtree(best)
    refused(replace(begun, resume=True), DataError, rf"damaged \({best.name} is gone\); begin anew with --restart$")


@pytest.mark.parametrize(
    "name", ["notes.txt", "checkpoint/notes.txt", "best-practices/weights.safetensors", "best-4/a"]
)
@pytest.mark.parametrize("way", [{}, {"resume": True}, {"restart": True}])
def test_a_directory_of_that_name_that_is_someone_elses_stays_as_it_is(ask, name, way):
    asked = replace(ask(**SENTENCES), **way)
    place = unfinished(asked) / name
    place.parent.mkdir(parents=True)
    place.write_text("important")
    refused(asked, DataError, r"model\.unfinished: .* move it, or choose another --output")


@pytest.mark.usefixtures("idle")
def test_two_at_once_are_one_too_many(ask):
    asked = ask(**SENTENCES)
    unfinished(asked).mkdir()
    with locked(unfinished(asked), "mine"), pytest.raises(DataError, match="another `tagger pretrain` is at work here"):
        list(pretrain(asked))
