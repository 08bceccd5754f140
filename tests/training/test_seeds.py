"""Several seeds: the best becomes the model, as it would alone, however often the runs are killed."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from builders import NOISY
from small_runs import Idle, content, request

from tagger import __version__
from tagger.config import RunConfig
from tagger.errors import ConfigError, DataError, TaggerError
from tagger.evaluation.scores import Report, Score
from tagger.inference.bundle import Bundle
from tagger.training import judge, run, store
from tagger.training.learner import StepLosses
from tagger.training.loop import EpochDone, StepDone
from tagger.training.run import Finished, Started, train_model
from tagger.training.seeds import SeedDone, SeedsDone, SeedStarted, runs_can_go_on, train_best
from tagger.training.seeds_place import SeedRecord, SeedsPlace
from tagger.training.watcher import tensorboard_path

EVERY_STEP = RunConfig(checkpoint_minutes=1e-9)
SEED, SEEDS, STEPS, EPOCHS = 4, 3, 2, 2
EVENTS_OF_A_SEED = 1 + 1 + EPOCHS * (STEPS + 1) + 1  # SeedStarted, Started, steps and epochs, SeedDone
F1S = {4: (0.3, 0.2), 5: (0.1, 0.6), 6: (0.6, 0.5)}  # of the epochs of a seed


class Restorable(Idle):
    """The idle learner, which can be put where it was."""

    def state(self):
        return {"bias": self.bias.value.numpy()}

    def restore(self, state):
        self.bias.assign(state["bias"])


@pytest.fixture
def begun(monkeypatch):
    """Runs train with an idle learner and score as in `F1S`; the seeds that have begun to learn."""
    seeds = []

    class Scored(Restorable):
        def __init__(self, network, config, replicas=None):
            super().__init__(network, config, replicas)
            seeds.append(config.training.seed)
            Scored.current, Scored.bias_before = config.training.seed, self.bias.value.numpy()[0]
            Scored.learner = self

    def scored(*_):
        steps = Scored.learner.bias.value.numpy()[0] - Scored.bias_before
        f1 = F1S.get(Scored.current, (0.2, 0.4))[round(float(steps) / STEPS) - 1]
        return Report(Score(0.0, 0.0, f1, 1), {})

    monkeypatch.setattr(run, "Learner", Scored)
    monkeypatch.setattr(store, "write_learning_curve", lambda *_: None)  # which takes most of the time
    monkeypatch.setattr(judge, "score_strict", scored)
    return seeds


@pytest.fixture
def asked(eight, tmp_path):
    made = request(eight, tmp_path / "model", dev=eight, seed=SEED, epochs=EPOCHS)
    return replace(made, running=EVERY_STEP, seeds=SEEDS)


def alone(asked, seed):
    """What a seed's own run ends with, in a place just like the asked one."""
    config = replace(asked.config, training=replace(asked.config.training, seed=seed))
    return replace(asked, config=config, seeds=1)


def model_alone(asked, seed):
    list(train_model(alone(asked, seed)))
    made = content(asked.output)
    shutil.rmtree(asked.output)
    return made


def killed_after(asked, count):
    """Take so many events and leave what a process that was killed then would."""
    folder, events = asked.output.parent, train_best(asked)
    seen = [next(events) for _ in range(count)]
    copy = folder.with_name("copy")
    shutil.copytree(folder, copy)
    events.close()
    shutil.rmtree(folder)
    copy.rename(folder)
    return seen


def seeds_of(events, kind):
    return [event.seed if kind is SeedStarted else event.record.seed for event in events if isinstance(event, kind)]


@pytest.mark.slow
def test_the_model_is_byte_for_byte_that_of_its_seed_alone(eight, tmp_path):
    made = request(eight, tmp_path / "model", dev=eight, learning_rate=0.02, seed=1, epochs=3, **NOISY)
    made = replace(made, running=EVERY_STEP, seeds=3)
    best, models = {}, {}
    for seed in (1, 2, 3):
        events = list(train_model(alone(made, seed)))
        best[seed] = max(event.dev.f1 for event in events if isinstance(event, EpochDone))
        models[seed] = content(made.output)
        shutil.rmtree(made.output)
    winner = max(best, key=best.get)
    *_, done, finished = train_best(made)
    assert {record.seed: record.f1 for record in done.records} == best
    assert content(made.output) == models[winner]
    assert finished.scores.to_json() == Bundle.open(made.output).manifest.scores
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_the_best_on_dev_of_equals_the_first_becomes_the_model(begun, asked):
    expected = model_alone(asked, 5)
    begun.clear()
    events = list(train_best(asked))
    assert begun == [4, 5, 6]
    assert seeds_of(events, SeedStarted) == seeds_of(events, SeedDone) == [4, 5, 6]
    *_, done, finished = events
    assert done.records == [
        SeedRecord(seed, "finished", max(f1s), 1 + f1s.index(max(f1s))) for seed, f1s in F1S.items()
    ]
    assert done.best == done.records[1]
    assert content(asked.output) == expected
    assert (finished.output, finished.best_epoch, finished.resumable) == (asked.output, 2, False)
    assert [path.name for path in asked.output.parent.iterdir()] == ["model"]


def test_one_seed_is_a_run_as_it_always_was(begun, asked):
    single = replace(asked, seeds=1)
    events = list(train_best(single))
    assert [type(event) for event in events] == [Started, *[StepDone, StepDone, EpochDone] * EPOCHS, Finished]
    made = content(asked.output)
    shutil.rmtree(asked.output)
    assert made == model_alone(asked, SEED)


KILLS = {
    "first step": 3,
    "last epoch of the first seed": EVENTS_OF_A_SEED - 1,
    "a seed is over": EVENTS_OF_A_SEED,
    "the next begins": EVENTS_OF_A_SEED + 1,
    "within the second": EVENTS_OF_A_SEED + 4,
    "two are over": 2 * EVENTS_OF_A_SEED,
    "within the last": 3 * EVENTS_OF_A_SEED - 3,
    "all are over": 3 * EVENTS_OF_A_SEED,
}


@pytest.mark.parametrize("count", KILLS.values(), ids=KILLS)
def test_killed_anywhere_it_ends_the_same_and_no_finished_seed_is_trained_again(begun, asked, count):
    expected = model_alone(asked, 5)
    seen = killed_after(asked, count)
    over = [event.record for event in seen if isinstance(event, SeedDone)]
    begun.clear()
    *events, done, _ = train_best(replace(asked, resume=True))
    earlier = [event.record for event in events if isinstance(event, SeedDone) and event.earlier]
    assert earlier[: len(over)] == over
    assert begun == [seed for seed in F1S if seed not in {record.seed for record in earlier}]
    assert [record.f1 for record in done.records] == [0.3, 0.6, 0.6]
    assert content(asked.output) == expected
    assert [path.name for path in asked.output.parent.iterdir()] == ["model"]


def interrupted(*arguments):
    raise KeyboardInterrupt


@pytest.mark.parametrize("moment", ["drop", "put", "_remove_losers"])
@pytest.mark.parametrize("stood", [True, False])
def test_a_kill_while_the_best_is_chosen_is_mended(begun, asked, monkeypatch, moment, stood):
    expected = model_alone(asked, 5)
    if stood:
        list(train_model(alone(asked, 9)))
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(SeedsPlace, moment, interrupted)
        list(train_best(asked))
    assert runs_can_go_on(asked)
    list(train_best(replace(asked, resume=True)))
    assert content(asked.output) == expected
    assert [path.name for path in asked.output.parent.iterdir()] == ["model"]


def test_only_the_best_model_is_kept_meanwhile(begun, asked):
    killed_after(asked, 2 * EVENTS_OF_A_SEED + 3)
    assert {path.name for path in (asked.output.parent / "model.seeds").iterdir()} == {
        "seeds.json", "seed-5", "seed-6.unfinished",
    }  # fmt: skip


def stopped_after(asked, count):
    """The events of runs that are asked to stop once so many are there."""
    seen = []
    for event in train_best(asked, lambda: len(seen) >= count):
        seen.append(event)
    return seen


@pytest.mark.parametrize(
    ("count", "epoch_of_best", "seed"),
    [
        (2, 1, 4),  # in the first step
        (EVENTS_OF_A_SEED - 2, 1, 4),  # in the last step of the first seed
        (EVENTS_OF_A_SEED + 3, 1, 4),  # in the second seed, whose first epoch is worse
        (2 * EVENTS_OF_A_SEED + 3, 2, 5),
    ],
)
def test_asked_to_stop_it_keeps_the_best_of_all_and_goes_on_later(begun, asked, count, epoch_of_best, seed):
    expected = model_alone(asked, 5)
    *_, done, finished = stopped_after(asked, count)
    assert (finished.resumable, finished.complete) == (True, False)
    assert (finished.best_epoch, done.best.seed) == (epoch_of_best, seed)
    assert Bundle.open(asked.output).manifest.config.training.seed == seed
    *_, done, finished = train_best(replace(asked, resume=True))
    assert not finished.resumable
    assert [record.f1 for record in done.records] == [0.3, 0.6, 0.6]
    assert content(asked.output) == expected
    assert [path.name for path in asked.output.parent.iterdir()] == ["model"]


def test_a_better_seed_that_was_stopped_in_is_the_model_meanwhile(begun, asked, monkeypatch):
    monkeypatch.setitem(F1S, 5, (0.5, 0.6))
    *_, done, finished = stopped_after(asked, EVENTS_OF_A_SEED + 3)
    assert [(record.seed, record.state, record.f1) for record in done.records] == [
        (4, "finished", 0.3), (5, "stopped", 0.5),
    ]  # fmt: skip
    assert done.best.seed == Bundle.open(asked.output).manifest.config.training.seed == 5
    assert finished.resumable


def test_without_checkpoints_finished_seeds_are_kept_and_a_stopped_one_begins_anew(begun, asked):
    asked = replace(asked, running=RunConfig(checkpoint_minutes=0.0))
    expected = model_alone(asked, 5)
    *_, finished = stopped_after(asked, EVENTS_OF_A_SEED + 3)
    assert finished.resumable
    begun.clear()
    list(train_best(replace(asked, resume=True)))
    assert begun == [5, 6]
    assert content(asked.output) == expected


def test_without_checkpoints_a_stop_in_the_first_seed_leaves_nothing_to_go_on_with(begun, asked):
    *_, finished = stopped_after(replace(asked, running=RunConfig(checkpoint_minutes=0.0)), 2)
    assert not finished.resumable
    assert [path.name for path in asked.output.parent.iterdir()] == ["model"]


def test_restart_drops_all(begun, asked):
    killed_after(asked, EVENTS_OF_A_SEED + 3)
    begun.clear()
    list(train_best(replace(asked, restart=True)))
    assert begun == [4, 5, 6]
    assert [path.name for path in asked.output.parent.iterdir()] == ["model"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, r"model\.seeds: runs that were not finished; go on with --resume, or drop them with --restart$"),
        ({"resume": True, "seeds": 5}, r"^--seeds 5: the training in .*model\.seeds was begun with --seeds 3; go on"),
        ({"resume": True, "vectors": True}, r"^--vectors .*: the training in .*model\.seeds was begun with none"),
        ({"seeds": 1}, r"model\.seeds: runs of several seeds that were not finished; go on with --seeds and --resume"),
        ({"seeds": 1, "resume": True}, r"model\.seeds: runs of several seeds that were not finished"),
    ],
)
def test_runs_that_were_not_finished_are_neither_lost_nor_mixed(begun, asked, eight, options, text):
    killed_after(asked, EVENTS_OF_A_SEED + 3)
    before = content(asked.output.parent)
    if "vectors" in options:
        options = options | {"vectors": eight}
    with pytest.raises(TaggerError, match=text) as raised:
        list(train_best(replace(asked, **options)))
    assert "\n" not in str(raised.value)
    assert content(asked.output.parent) == before


def test_other_options_than_it_was_begun_with_may_begin_anew(begun, asked):
    killed_after(asked, EVENTS_OF_A_SEED + 3)
    for other in (replace(asked, seeds=5), replace(alone(asked, 9), seeds=SEEDS)):
        with pytest.raises(ConfigError, match=r"; go on with that, or begin anew with --restart$"):
            list(train_best(replace(other, resume=True)))


def put(place):
    """Something that a person wrote."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("important")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("notes.txt", "notes.txt"),
        ("seed-4", "seed-4"),
        ("model/notes.txt", "model/notes.txt"),
        ("seed-4/a/b", "seed-4/a"),
        ("seed-4.unfinished/best-1/x", "seed-4.unfinished/best-1/x"),
    ],
)
@pytest.mark.parametrize("options", [{}, {"resume": True}, {"restart": True}])
def test_a_directory_of_that_name_that_is_someone_elses_stays_as_it_is(begun, asked, name, found, options):
    put(asked.output.with_name("model.seeds") / name)
    before = content(asked.output.parent)
    with pytest.raises(DataError, match=rf"model\.seeds: '{found}' .* move it, or .*--output") as raised:
        list(train_best(replace(asked, **options)))
    assert "\n" not in str(raised.value)
    assert content(asked.output.parent) == before
    assert begun == []


@pytest.mark.parametrize("seeds", [1, SEEDS])
def test_restart_drops_no_directory_that_someone_has_put_something_into(begun, asked, seeds):
    killed_after(asked, EVENTS_OF_A_SEED + 3)
    put(asked.output.with_name("model.seeds") / "notes.txt")
    before = content(asked.output.parent)
    with pytest.raises(DataError, match=r"model\.seeds: .*notes\.txt"):
        list(train_best(replace(asked, restart=True, seeds=seeds)))
    assert content(asked.output.parent) == before


@pytest.mark.parametrize("directory", ["model.seeds", "model.unfinished"])
def test_what_is_of_no_concern_to_a_run_is_left_alone(begun, asked, directory):
    put(asked.output.with_name(directory) / "notes.txt")
    list(train_best(replace(asked, seeds=1 if directory == "model.seeds" else SEEDS)))
    assert (asked.output.with_name(directory) / "notes.txt").read_text() == "important"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every directory")
@pytest.mark.parametrize("seeds", [1, SEEDS])
@pytest.mark.parametrize("directory", ["model.seeds", "model.unfinished"])
def test_a_directory_of_that_name_that_cannot_be_read_is_one_line(begun, asked, directory, seeds):
    place = asked.output.with_name(directory)
    place.mkdir()
    place.chmod(0o000)
    try:
        with pytest.raises(DataError, match=rf"{directory}: cannot be read: Permission denied$"):
            list(train_best(replace(asked, seeds=seeds)))
    finally:
        place.chmod(0o700)
    assert names_beside(asked) == {directory}


def test_what_is_put_beside_the_runs_meanwhile_stays(begun, asked):
    events = train_best(asked)
    next(events)
    for name in ("notes.txt", "seed-9/notes.txt"):
        put(asked.output.with_name("model.seeds") / name)
    list(events)
    assert content(asked.output.with_name("model.seeds")).keys() == {
        Path("notes.txt"), Path("seed-9"), Path("seed-9/notes.txt"),
    }  # fmt: skip


def test_an_empty_directory_of_that_name_is_taken(begun, asked):
    asked.output.with_name("model.seeds").mkdir()
    list(train_best(asked))
    assert [path.name for path in asked.output.parent.iterdir()] == ["model"]


def killed_while_it_cleans_up(asked):
    """Take all events and leave what a process does that is killed between the last and the removal of its runs."""
    killed_after(asked, 3 * EVENTS_OF_A_SEED + 2)
    assert names_beside(asked) == {"model", "model.seeds"}


def names_beside(asked):
    return {path.name for path in asked.output.parent.iterdir()}


@pytest.mark.parametrize("seeds", [1, SEEDS])
def test_what_a_kill_left_after_the_end_is_removed_by_the_next_run(begun, asked, seeds):
    killed_while_it_cleans_up(asked)
    assert not (asked.output.with_name("model.seeds") / "seeds.json").exists()
    assert not runs_can_go_on(asked)
    list(train_best(replace(asked, seeds=seeds)))
    assert names_beside(asked) == {"model"}


def test_what_a_kill_left_after_the_end_of_one_seed_is_removed_too(begun, asked):
    place = asked.output.with_name("model.unfinished")
    put(place / "history.jsonl")
    put(place / "over" / "state.json")
    list(train_best(asked))
    assert names_beside(asked) == {"model"}


@pytest.mark.parametrize("seeds", [1, SEEDS])
def test_another_model_that_lies_there_without_a_record_is_someones(begun, asked, seeds):
    own = replace(alone(asked, 9), output=asked.output.with_name("model.seeds") / "seed-9")
    list(train_best(own))
    before = content(own.output)
    if seeds == 1:
        list(train_best(alone(asked, 4)))
    else:
        with pytest.raises(DataError, match=r"model\.seeds: .*seed-9.* move it"):
            list(train_best(asked))
    assert content(own.output) == before


def test_a_run_of_one_seed_that_was_not_finished_is_not_lost(begun, asked):
    single = train_best(replace(asked, seeds=1))
    for _ in range(3):
        next(single)
    single.close()
    before = content(asked.output.parent)
    for resume in (False, True):
        with pytest.raises(DataError, match=r"model\.unfinished: a run of one seed that was not finished; .*without"):
            list(train_best(replace(asked, resume=resume)))
    assert content(asked.output.parent) == before
    list(train_best(replace(asked, restart=True)))
    assert [path.name for path in asked.output.parent.iterdir()] == ["model"]


def test_one_seed_may_drop_those_of_several(begun, asked):
    killed_after(asked, EVENTS_OF_A_SEED + 3)
    list(train_best(replace(asked, seeds=1, restart=True)))
    assert [path.name for path in asked.output.parent.iterdir()] == ["model"]


def test_two_at_once_are_one_too_many(begun, asked):
    first = train_best(asked)
    next(first)
    with pytest.raises(DataError, match=r"model\.seeds: another `tagger train` is at work here"):
        list(train_best(asked))
    first.close()
    assert list(asked.output.parent.iterdir()) == []


NO_FILES = dict.fromkeys(["train", "dev", "vectors"])
UNTOLD = [
    json.dumps({"seeds": SEEDS, "records": []} | other)
    for other in (
        {},
        {"identity": {}},
        {"identity": None},
        {"identity": []},
        {"identity": {"tagger_version": __version__, "options": {}}},
        {"identity": {"tagger_version": __version__, "options": [], "files": NO_FILES}},
        {"identity": {"tagger_version": __version__, "options": {}, "files": []}},
        {"identity": {"tagger_version": __version__, "options": {}, "files": {"train": None}}},
        {"identity": {"tagger_version": __version__, "options": {}, "files": NO_FILES}, "seeds": None},
    )
]


@pytest.mark.parametrize("damage", ["", "{}", '{"seeds": 3, "identity": {}, "records": [{"seed": 4}]}', *UNTOLD])
def test_a_damaged_record_is_named_and_stays(begun, asked, damage):
    killed_after(asked, EVENTS_OF_A_SEED + 3)
    place = asked.output.parent / "model.seeds" / "seeds.json"
    place.write_text(damage)
    with pytest.raises(DataError, match=r"seeds\.json: damaged .*--restart") as raised:
        list(train_best(replace(asked, resume=True)))
    assert "\n" not in str(raised.value)
    assert place.read_text() == damage


def test_seeds_that_hold_out_different_sentences_are_not_compared(asked):
    with pytest.raises(ConfigError, match=r"^--seeds 3: .*; name --dev$"):
        list(train_best(replace(asked, dev=None)))


def test_several_processes_train_one_seed(asked, monkeypatch):
    workers = {"cluster": {"worker": ["localhost:1111", "localhost:2222"]}, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(workers))
    with pytest.raises(ConfigError, match=r"^TF_CONFIG: .*--seeds"):
        list(train_best(asked))


def test_a_pipe_is_refused_as_it_can_be_read_once(asked, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(DataError, match=f"^{pipe}: a pipe can be read only once"):
        list(train_best(replace(asked, train=pipe)))


@pytest.mark.usefixtures("begun")
def test_what_is_wrong_with_a_file_leaves_nothing(asked, tmp_path):
    wrong = tmp_path / "wrong.conll"
    wrong.write_text("Anna\n")
    with pytest.raises(DataError, match=r"wrong\.conll:1"):
        list(train_best(replace(asked, train=wrong)))
    assert [path.name for path in tmp_path.iterdir()] == ["wrong.conll"]


def test_what_stands_at_the_output_is_seen_before_anything_is_learned(begun, asked):
    asked.output.mkdir()
    (asked.output / "thesis.txt").write_text("precious")
    with pytest.raises(DataError, match="not only a model stands there"):
        list(train_best(asked))
    assert begun == []


def failing(monkeypatch, *seeds):
    """Have the losses of some seeds be no numbers from the start."""
    scored = run.Learner

    class Failing(scored):
        def step(self, batch, number, rate):
            losses = super().step(batch, number, rate)
            return StepLosses(float("nan"), 0.0) if scored.current in seeds else losses

    monkeypatch.setattr(run, "Learner", Failing)


@pytest.mark.usefixtures("begun")
def test_a_seed_that_fails_is_told_and_the_others_count(asked, monkeypatch):
    failing(monkeypatch, 5)
    *events, done, _ = train_best(asked)
    assert [record.state for record in done.records] == ["finished", "failed", "finished"]
    assert "finite" in done.records[1].reason
    assert done.best.seed == 6
    assert Bundle.open(asked.output).manifest.config.training.seed == 6
    assert not any(isinstance(event, Finished | SeedsDone) for event in events)


@pytest.mark.usefixtures("begun")
def test_where_all_seeds_fail_it_is_an_error_and_nothing_is_left(asked, monkeypatch):
    failing(monkeypatch, 4, 5, 6)
    with pytest.raises(TaggerError, match=r"^all of 3 seeds failed; seed 4: epoch 1: .*--learning-rate$"):
        list(train_best(asked))
    assert list(asked.output.parent.iterdir()) == []


@pytest.mark.usefixtures("begun")
def test_logs_of_each_seed_are_a_run_beside_the_model(asked, tmp_path):
    watched = replace(asked, running=RunConfig(tensorboard=True))
    assert tensorboard_path(replace(watched, seeds=1)) == tmp_path / "model.tensorboard"
    place = SeedsPlace(tmp_path / "model.seeds", watched)
    assert tensorboard_path(place.run_of(5)) == tmp_path / "model.tensorboard" / "seed-5"
