import errno
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from builders import NOISY
from small_runs import content, killed_after, request, unfinished

from tagger.config import RunConfig
from tagger.errors import ConfigError, DataError
from tagger.files import locked
from tagger.inference.tagger import Tagger
from tagger.training import run, stored_state
from tagger.training.learner import Learner
from tagger.training.loop import EpochDone, StepDone
from tagger.training.run import Finished, Started, train_model

EVERY_STEP, NEVER_WITHIN_AN_EPOCH = RunConfig(checkpoint_minutes=1e-9), RunConfig(checkpoint_minutes=1e9)
TESTS = Path(__file__).parent.parent


def noisy(eight, folder, **options):
    """A request for two epochs of four steps, with all that is random in them; every step is kept."""
    made = request(eight, folder / "model", dev=eight, **{"batch_size": 2, "learning_rate": 0.02} | NOISY | options)
    return replace(made, running=EVERY_STEP)


def resume(asked):
    return list(train_model(replace(asked, resume=True)))


def model_of(asked):
    return content(asked.output)


def learned(events):
    """What the events say, but for clocks."""
    steps = [(event.number, event.tokens, event.tag_loss, event.lm_loss, event.rate)
             for event in events if isinstance(event, StepDone)]  # fmt: skip
    epochs = [replace(event, seconds=0.0, train_seconds=0.0) for event in events if isinstance(event, EpochDone)]
    return steps, epochs


@pytest.fixture(scope="module")
def undisturbed(eight, tmp_path_factory):
    """A run from start to end: its events and its model's files."""
    asked = noisy(eight, tmp_path_factory.mktemp("undisturbed"))
    events = list(train_model(asked))
    assert [path.name for path in asked.output.parent.iterdir()] == ["model"]
    return events, model_of(asked)


@pytest.fixture
def asked(eight, tmp_path):
    return noisy(eight, tmp_path)


@pytest.fixture
def begun(asked):
    """A request whose run was killed after its second step."""
    killed_after(asked, 3)
    return asked


STOPS = {"first step": 2, "mid epoch": 3, "last step of the epoch": 5, "epoch": 6, "later": 8, "last": 10, "end": 11}


@pytest.mark.slow
@pytest.mark.parametrize("count", STOPS.values(), ids=STOPS)
def test_a_killed_run_ends_with_the_bytes_of_an_undisturbed_one(undisturbed, asked, count):
    events, model = undisturbed
    seen = killed_after(asked, count)
    assert not asked.output.exists()
    rest = resume(asked)
    assert isinstance(rest[0], Started)
    assert learned(seen + rest) == learned(events)
    assert model_of(asked) == model
    assert [path.name for path in asked.output.parent.iterdir()] == ["model"]


ALL_PARTS = {"characters": "cnn", "character_dropout": 0.2, "head": "crf", "average_decay": 0.9, "word_dropout": 0.1,
             "layers": 2, "share_layers": True, "character_size": 5, "character_features": 6}  # fmt: skip


@pytest.mark.slow
def test_a_killed_run_with_averages_of_all_parts_ends_with_the_bytes_of_an_undisturbed_one(eight, tmp_path):
    """Two epochs of eight steps; an average moves with the eighth, which one kill comes before and one after."""
    folders = tmp_path / "killed", tmp_path / "undisturbed"
    for folder in folders:
        folder.mkdir()
    asked, other = (noisy(eight, folder, batch_size=1, **ALL_PARTS) for folder in folders)
    events = list(train_model(other))
    seen = killed_after(asked, 5)
    seen += killed_after(replace(asked, resume=True), 9)
    assert len(learned(seen)[0]) == 11
    assert learned(seen + resume(asked)) == learned(events)
    assert model_of(asked) == model_of(other)


@pytest.mark.slow
def test_a_run_may_be_killed_again_and_again(undisturbed, asked):
    seen = killed_after(asked, 3)
    for _ in range(3):
        seen += killed_after(replace(asked, resume=True), 3)
    assert learned(seen + resume(asked)) == learned(undisturbed[0])
    assert model_of(asked) == undisturbed[1]


@pytest.mark.slow
def test_a_kill_between_the_best_network_and_its_checkpoint_is_mended(undisturbed, asked, monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(run._Saver, "after_epoch", interrupted)
        list(train_model(asked))
    assert (unfinished(asked) / "best-1").exists()
    resume(asked)
    assert model_of(asked) == undisturbed[1]


def interrupted(*arguments):
    raise KeyboardInterrupt


@pytest.mark.slow
def test_a_kill_after_the_model_was_placed_is_mended(undisturbed, asked, monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(run.Unfinished, "drop", interrupted)
        list(train_model(asked))
    resume(asked)
    assert model_of(asked) == undisturbed[1]
    assert not unfinished(asked).exists()


def asked_to_stop_in(monkeypatch, asked, step, **options):
    """The events of a run that is asked to stop while it takes a step, the first being 1."""
    steps, step_of = [], Learner.step
    with monkeypatch.context() as patch:
        patch.setattr(Learner, "step", lambda *arguments: steps.append(1) or step_of(*arguments))
        return list(train_model(replace(asked, **options), lambda: len(steps) >= step))


@pytest.mark.slow
@pytest.mark.parametrize("step", [1, 4, 6])
def test_a_run_that_was_asked_to_stop_leaves_a_model_and_can_go_on(undisturbed, asked, monkeypatch, step):
    asked = replace(asked, running=NEVER_WITHIN_AN_EPOCH)
    *seen, finished = asked_to_stop_in(monkeypatch, asked, step)
    steps, epochs = learned(seen)
    assert len(steps) == step
    assert finished.resumable
    assert [epoch.complete for epoch in epochs] == [True] * (step // 4) + [False] * (step % 4 > 0)
    assert Tagger.load(asked.output).tag([["Anna", "lives"]])
    rows = (asked.output / "history.jsonl").read_text().splitlines()
    assert json.loads(rows[-1])["steps"] == step
    *rest, finished = resume(asked)
    assert not finished.resumable
    assert learned(seen + rest)[0] == learned(undisturbed[0])[0]
    same_but_for_run_file(asked, undisturbed)
    assert not unfinished(asked).exists()


def same_but_for_run_file(asked, undisturbed):
    """The run file says how often there was a checkpoint, and the manifest has its checksum."""
    made, model = model_of(asked), undisturbed[1]
    assert made.keys() == model.keys()
    assert {path for path in made if made[path] != model[path]} == {Path("run.toml"), Path("model.json")}


@pytest.mark.slow
def test_a_stop_that_is_asked_for_while_a_step_is_shown_loses_nothing(undisturbed, asked):
    asked, seen = replace(asked, running=NEVER_WITHIN_AN_EPOCH), []
    for event in train_model(asked, lambda: len(seen) >= 3):
        seen.append(event)
    assert seen[-1].resumable
    rest = resume(asked)
    assert learned(seen + rest)[0] == learned(undisturbed[0])[0]


@pytest.mark.slow
def test_a_stop_in_the_last_step_is_the_end(undisturbed, asked, monkeypatch):
    *_, finished = asked_to_stop_in(monkeypatch, asked, 8)
    assert not finished.resumable
    assert model_of(asked) == undisturbed[1]
    assert [path.name for path in asked.output.parent.iterdir()] == ["model"]


@pytest.mark.slow
def test_a_full_disk_leaves_the_checkpoint_before(undisturbed, asked, monkeypatch):
    killed_after(asked, 3)
    kept = content(unfinished(asked) / "checkpoint")

    def full(draft, target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch, pytest.raises(DataError) as raised:
        patch.setattr(stored_state, "swap_directory", full)
        resume(asked)
    assert str(raised.value).startswith(f"{unfinished(asked) / 'checkpoint'}: cannot be written: No space left")
    assert "--resume" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert content(unfinished(asked) / "checkpoint") == kept
    resume(asked)
    assert model_of(asked) == undisturbed[1]


LIMITED = """
import resource, sys
from pathlib import Path
sys.path[:0] = [{tests!r}, {training!r}]
import tagger.training
from tagger.errors import TaggerError
from tagger.training.run import train_model
from test_resume import noisy
events = train_model(noisy(Path({eight!r}), Path({folder!r})))
for _ in range({count}):
    next(events)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, resource.RLIM_INFINITY))
try:
    for event in events:
        pass
except TaggerError as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("count", "limit"), [(3, 300), (5, 3000)])
def test_what_no_longer_fits_on_the_disk_is_one_line_and_the_run_goes_on_later(undisturbed, asked, eight, count, limit):
    places = {"tests": str(TESTS), "training": str(TESTS / "training"), "eight": str(eight)}
    script = LIMITED.format(**places, folder=str(asked.output.parent), count=count, limit=limit)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(unfinished(asked)))
    assert "File too large" in done.stdout
    assert done.stdout.count("\n") == 1
    resume(asked)
    assert model_of(asked) == undisturbed[1]
    assert not unfinished(asked).exists()


def test_a_run_that_was_not_finished_is_neither_lost_nor_gone_on_with_unasked(begun):
    before = content(begun.output.parent)
    with pytest.raises(DataError, match=r"not finished; .*--resume.*--restart") as raised:
        list(train_model(begun))
    assert str(raised.value).startswith(str(unfinished(begun)))
    assert content(begun.output.parent) == before


def put(place):
    """Something that a person wrote."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("important")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("notes.txt", "notes.txt"),
        ("checkpoint", "checkpoint"),
        ("checkpoint/notes.txt", "checkpoint/notes.txt"),
        ("best-practices/network.onnx", "best-practices"),
        ("model/a/b", "model/a"),
        ("run.toml/x", "run.toml"),
    ],
)
@pytest.mark.parametrize("options", [{}, {"resume": True}, {"restart": True}])
def test_a_directory_of_that_name_that_is_someone_elses_stays_as_it_is(asked, name, found, options):
    put(unfinished(asked) / name)
    before = content(asked.output.parent)
    with pytest.raises(DataError, match=r" move it, or .*--output") as raised:
        list(train_model(replace(asked, **options)))
    assert str(raised.value).startswith(f"{unfinished(asked)}: '{found}' ")
    assert "\n" not in str(raised.value)
    assert content(asked.output.parent) == before


def test_what_is_put_beside_the_run_meanwhile_stays(eight, tmp_path, idle, monkeypatch):
    monkeypatch.setattr(idle, "state", lambda learner: {"bias": learner.bias.value.numpy()}, raising=False)
    asked = replace(request(eight, tmp_path / "model", dev=eight), running=EVERY_STEP)
    events = train_model(asked)
    next(events)
    for name in ("notes.txt", "best-practices/notes.txt"):
        put(unfinished(asked) / name)
    list(events)
    assert content(unfinished(asked)).keys() == {
        Path("notes.txt"), Path("best-practices"), Path("best-practices/notes.txt"),
    }  # fmt: skip


@pytest.mark.usefixtures("idle")
def test_an_empty_directory_of_that_name_is_taken(eight, tmp_path):
    asked = request(eight, tmp_path / "model", dev=eight)
    unfinished(asked).mkdir()
    list(train_model(asked))
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.slow
def test_restart_drops_it(undisturbed, begun):
    (unfinished(begun) / "best-7").mkdir()
    events = list(train_model(replace(begun, restart=True)))
    assert learned(events) == learned(undisturbed[0])
    assert model_of(begun) == undisturbed[1]
    assert not unfinished(begun).exists()


@pytest.mark.slow
def test_where_nothing_was_begun_resume_begins(undisturbed, asked):
    assert learned(resume(asked)) == learned(undisturbed[0])
    assert model_of(asked) == undisturbed[1]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"seed": 7}, "--seed 7"),
        ({"epochs": 3}, "--epochs 3"),
        ({"units": 5}, "--units 5"),
        ({"learning_rate": 0.03}, "--learning-rate 0.03"),
        ({"lm_weight": 0.0}, "--lm-weight 0.0"),
    ],
)
def test_another_option_is_named(eight, begun, options, text):
    before = content(begun.output.parent)
    other = noisy(eight, begun.output.parent, **options)
    with pytest.raises(ConfigError) as raised:
        resume(other)
    assert str(raised.value).startswith(f"{text}: ")
    assert str(raised.value).endswith("; go on with that, or begin anew with --restart")
    assert str(unfinished(begun)) in str(raised.value)
    assert content(begun.output.parent) == before


def test_a_file_with_other_content_is_named(eight, tmp_path):
    own = tmp_path / "own.conll"
    own.write_bytes(eight.read_bytes())
    asked = noisy(own, tmp_path)
    killed_after(asked, 3)
    own.write_text(own.read_text().replace("Anna", "Anne"))
    with pytest.raises(DataError, match="its content is not what") as raised:
        resume(asked)
    assert str(raised.value).startswith(f"{own}: ")
    assert str(raised.value).endswith("; begin anew with --restart")


def test_a_file_left_out_or_added_is_named(eight, begun):
    with pytest.raises(DataError, match=r"^--dev: .*; name it again, or begin anew with --restart$"):
        resume(replace(begun, dev=None))
    with pytest.raises(DataError, match=f"^--vectors {eight}: .*; leave it out, or begin anew with --restart$"):
        resume(replace(begun, vectors=eight))


@pytest.mark.slow
def test_what_changes_nothing_that_is_learned_may_change(undisturbed, eight, begun, tmp_path):
    """The same content may lie elsewhere, and checkpoints may be rarer."""
    moved = tmp_path / "moved.conll"
    shutil.copy(eight, moved)
    resume(replace(begun, train=moved, dev=moved, running=NEVER_WITHIN_AN_EPOCH))
    made, model = model_of(begun), undisturbed[1]
    for name in ("weights.safetensors", "network.onnx", "history.jsonl"):
        assert made[Path(name)] == model[Path(name)]


@pytest.mark.parametrize("state", ["resume", "restart", "neither"])
def test_two_at_once_are_one_too_many(asked, state):
    first = train_model(asked)
    seen = [next(first)]
    with pytest.raises(DataError, match="another `tagger train` is at work here") as raised:
        list(train_model(asked if state == "neither" else replace(asked, **{state: True})))
    assert str(raised.value).startswith(str(unfinished(asked)))
    seen += [next(first) for _ in range(2)]
    assert len(learned(seen)[0]) == 2
    first.close()


def test_another_process_cannot_have_a_locked_directory(tmp_path):
    script = """
import sys
from pathlib import Path
from tagger.errors import DataError
from tagger.files import locked
try:
    with locked(Path(sys.argv[1]), "taken"):
        print("got it")
except DataError as error:
    print(error)
"""

    def other():
        return subprocess.check_output([sys.executable, "-c", script, tmp_path], text=True).strip()

    with locked(tmp_path, "taken"):
        assert other() == f"{tmp_path}: taken"
    assert other() == "got it"


def test_a_run_that_keeps_no_checkpoints_leaves_nothing(asked):
    seen = train_model(replace(asked, running=RunConfig(checkpoint_minutes=0.0)))
    assert [type(next(seen)) for _ in range(3)] == [Started, StepDone, StepDone]
    seen.close()
    assert list(asked.output.parent.iterdir()) == []


def test_a_resumed_run_tells_where_it_stands(begun):
    events = train_model(replace(begun, resume=True))
    started = next(events)
    position = started.progress.position
    assert (position.epoch, position.steps) == (1, 2)
    assert started.progress.history == ()
    events.close()
    assert (unfinished(begun) / "checkpoint").exists()


@pytest.mark.parametrize("name", ["state.json", "tensors.safetensors"])
@pytest.mark.parametrize("damage", ["cut", "flip", "missing"])
def test_a_damaged_checkpoint_is_named_and_stays(begun, name, damage):
    path = unfinished(begun) / "checkpoint" / name
    stored = path.read_bytes()
    middle = len(stored) // 2
    path.write_bytes(stored[:middle] if damage == "cut" else stored[:middle] + b"\xff" + stored[middle + 1 :])
    if damage == "missing":
        path.unlink()
    before = content(begun.output.parent)
    with pytest.raises(DataError, match="--restart") as raised:
        resume(begun)
    assert str(raised.value).startswith(f"{unfinished(begun) / 'checkpoint'}: ")
    assert "\n" not in str(raised.value)
    assert content(begun.output.parent) == before


@pytest.mark.slow
def test_finished_is_the_last_event_and_says_that_nothing_is_left_to_do(undisturbed):
    *_, last = undisturbed[0]
    assert isinstance(last, Finished)
    assert not last.resumable
