"""Whole pretraining runs: the same bytes however they came about, what is refused, and what is left behind."""

import json
import math
import shutil
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
from language_networks import language_config
from small_runs import content

from tagger.config import ColumnFormat, TextFormat
from tagger.documents.sentences import find_raw_text
from tagger.errors import ConfigError, DataError, TaggerError
from tagger.features.vocabulary import END
from tagger.files import locked
from tagger.language_models.bundle import LanguageBundle
from tagger.language_models.perplexity import measure_perplexity
from tagger.training.pretraining import loop, run
from tagger.training.pretraining.learner import LanguageLearner
from tagger.training.pretraining.loop import Measured, Stepped, learn_passes
from tagger.training.pretraining.prepare import prepare_text
from tagger.training.pretraining.request import PretrainRequest
from tagger.training.pretraining.run import PretrainingFinished, PretrainingStarted, pretrain
from tagger.training.pretraining.streams import StreamWindow
from tagger.training.pretraining.texts import word_stream

TEXT = "the river rises in Linz .\nAnna swims\nthe river falls in Linz again\nstorms come and go\n" * 6
NOISY = {"input_dropout": 0.3, "output_dropout": 0.3, "state_dropout": 0.2, "lm_softmax": "sampled"}
SENTENCES = {"batch_size": 4, "epochs": 2, "average_decay": 0.9} | NOISY  # 22 sentences: two passes of six steps
STREAM = {"stream": True, "batch_size": 4, "window": 5, "epochs": 2} | NOISY
EVERY_STEP, NO_CHECKPOINTS = 1e-9, 0.0


class Idle:
    """A learner that learns nothing: steps add what they have read, and what was carried to them, to a bias."""

    def __init__(self, network, config):
        self.bias, self.carried = network.weights()["language_model.forward.bias"], 0.0

    def step(self, read, number, rate):
        ids = read.onward[0] if isinstance(read, StreamWindow) else read.word_ids
        self.carried = (self.carried if isinstance(read, StreamWindow) and not read.begins else 0.0) / 2 + ids.sum()
        self.bias.assign(self.bias.value + (self.carried % 7 + number) * rate)
        return float(self.carried)

    def surprise(self, reads):
        assert sum(1 for _ in reads) > 0
        return 10 * math.log(self.perplexity(float(self.bias.value[0]))), 10

    def perplexity(self, bias):
        return 50.0 + 40.0 * math.cos(bias * 3)

    def averaged(self):
        return nullcontext()

    def state(self):
        return {"bias": self.bias.value.numpy(), "carried": np.array([self.carried])}

    def restore(self, state):
        self.bias.assign(state["bias"])
        self.carried = float(state["carried"][0])


@pytest.fixture(autouse=True)
def measured_often(monkeypatch):
    monkeypatch.setattr(loop, "MEASURE_EVERY", 4)


@pytest.fixture
def idle(monkeypatch):
    """Runs pretrain with the idle learner, which needs no compiling."""
    monkeypatch.setattr(run, "LanguageLearner", Idle)


def raw(path, *, tokenized=True, **options):
    return find_raw_text([path], TextFormat(**options), ColumnFormat(), tokenized=tokenized)


@pytest.fixture
def ask(tmp_path):
    """A request for a model of some text, by default an unusual one."""

    def ask(output="model", text=TEXT, minutes=EVERY_STEP, dev=None, **options):
        path = tmp_path / "text.txt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        if dev is not None:
            (tmp_path / "dev.txt").write_text(dev)
            dev = raw(tmp_path / "dev.txt")
        config = language_config(**options)
        return PretrainRequest(raw(path), tmp_path / output, dev, config=config, checkpoint_minutes=minutes)

    return ask


def unfinished(asked):
    return asked.output.with_name(f"{asked.output.name}.unfinished")


def killed_after(asked, count):
    """Take so many events and leave what a process that was killed then would."""
    place, events = unfinished(asked), pretrain(asked)
    seen = [next(events) for _ in range(count)]
    shutil.copytree(place, place.with_name("copy"))
    events.close()
    shutil.rmtree(place, ignore_errors=True)
    place.with_name("copy").rename(place)
    return seen


def stopped_in(asked, step):
    """The events of a run that is asked to stop in a step, the first being 1."""
    asks = []
    return list(pretrain(asked, lambda: asks.append(1) or len(asks) >= step))


def resume(asked):
    return list(pretrain(replace(asked, resume=True)))


def steps_in(events):
    return [(event.place.number, event.place.total, event.rate) for event in events if isinstance(event, Stepped)]


@pytest.fixture(params=[SENTENCES, STREAM], ids=["sentences", "stream"])
def options(request):
    return request.param


@pytest.fixture(params=["idle", pytest.param("real", marks=pytest.mark.slow)])
def learner(request, monkeypatch):
    """Which learner runs have."""
    if request.param == "idle":
        monkeypatch.setattr(run, "LanguageLearner", Idle)


@pytest.fixture
def undisturbed(ask, options, learner):
    asked = ask("other", minutes=NO_CHECKPOINTS, **options)
    return list(pretrain(asked)), content(asked.output)


def test_a_run_leaves_a_whole_model_and_nothing_else(ask, options, learner, tmp_path):
    events = list(pretrain(asked := ask(**options)))
    assert isinstance(events[0], PretrainingStarted)
    measured = [event for event in events if isinstance(event, Measured)]
    assert events[-1] == PretrainingFinished(asked.output, min(one.perplexity for one in measured), resumable=False)
    assert {path.name for path in tmp_path.iterdir()} == {"text.txt", "model"}
    manifest = LanguageBundle.open(asked.output).manifest
    held_out = (12, 2) if options is SENTENCES else (0, 0)  # the first sentence and the 21st, whose words it never saw
    assert manifest.data == {"words": 108 - held_out[0], "sentences": 24 - held_out[1]}
    assert [row["passes"] for row in manifest.history][-1] == pytest.approx(2.0, abs=0.2)
    assert manifest.perplexity == events[-1].perplexity
    rows = [json.loads(line) for line in (asked.output / "history.jsonl").read_text().splitlines()]
    assert rows == manifest.history
    assert "seconds" not in rows[0]


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(ask, options, undisturbed):
    list(pretrain(asked := ask(**options)))
    assert content(asked.output) == undisturbed[1]
    list(pretrain(replace(asked, config=language_config(seed=2, **options))))
    assert content(asked.output) != undisturbed[1]


def test_a_run_that_was_stopped_at_any_step_ends_with_the_bytes_of_an_undisturbed_one(ask, options, undisturbed):
    """What was measured because of the stop is in its model, and in no other."""
    events, model = undisturbed
    last = len(steps_in(events))
    for step in (1, 4, 6, 7, last - 1) if run.LanguageLearner is Idle else (3, 8):
        asked = ask(f"model{step}", **options)
        *_, measured, finished = seen = stopped_in(asked, step)
        assert (finished.resumable, len(steps_in(seen))) == (True, step)
        assert measured.steps == step
        manifest = LanguageBundle.open(asked.output).manifest
        assert manifest.history[-1]["steps"] == step
        assert manifest.perplexity == finished.perplexity
        assert steps_in(seen + resume(asked)) == steps_in(events)
        assert content(asked.output) == model
        assert not unfinished(asked).exists()


@pytest.mark.parametrize("learner", ["idle"], indirect=True)
def test_a_run_that_was_stopped_again_and_again_ends_with_the_same_bytes(ask, options, undisturbed):
    asked = ask(**options)
    for resuming in (False, True, True):
        stopped_in(replace(asked, resume=resuming), 2)
    resume(asked)
    assert content(asked.output) == undisturbed[1]


@pytest.mark.parametrize("learner", ["idle"], indirect=True)
def test_a_stop_in_the_last_step_is_the_end(ask, options, undisturbed):
    asked, last = ask(**options), len(steps_in(undisturbed[0]))
    *_, finished = stopped_in(asked, last)
    assert not finished.resumable
    assert content(asked.output) == undisturbed[1]
    assert not unfinished(asked).exists()


@pytest.mark.usefixtures("idle")
def test_a_stop_without_checkpoints_leaves_a_model_and_nothing_to_go_on_with(ask, tmp_path):
    *_, finished = stopped_in(ask(minutes=NO_CHECKPOINTS, **SENTENCES), 3)
    assert not finished.resumable
    assert LanguageBundle.open(finished.output).manifest.history[-1]["steps"] == 3
    assert {path.name for path in tmp_path.iterdir()} == {"text.txt", "model"}


@pytest.mark.slow
def test_a_model_has_the_network_that_was_measured_best(ask):
    """At a rate of 5 the text becomes more surprising with each step, and the first measure is the best."""
    asked = ask(**STREAM | {"clip_norm": 0.0, "learning_rate": 5.0, "schedule": "constant"})
    *events, finished = pretrain(asked)
    measured = [event for event in events if isinstance(event, Measured)]
    prepared = prepare_text(asked)
    for name, weight in prepared.network.weights().items():
        weight.assign(LanguageBundle.open(asked.output).weights()[name])
    surprise, words = LanguageLearner(prepared.network, asked.config).surprise(prepared.text.held_out())
    assert math.exp(surprise / words) == pytest.approx(finished.perplexity, rel=1e-6)
    assert finished.perplexity == min(one.perplexity for one in measured) < measured[-1].perplexity


@pytest.mark.usefixtures("idle")
def test_what_a_stop_measured_worse_does_not_become_the_model(ask, monkeypatch):
    """A perplexity that grows with the bias, and so with every step."""
    monkeypatch.setattr(Idle, "perplexity", lambda learner, bias: 2.0 + bias)
    asked = ask(**STREAM)
    *_, finished = stopped_in(asked, 6)
    history = LanguageBundle.open(asked.output).manifest.history
    assert [row["steps"] for row in history] == [4, 6]
    assert finished.perplexity == history[0]["perplexity"] < history[1]["perplexity"]
    bias = LanguageBundle.open(asked.output).weights()["language_model.forward.bias"][0]
    assert bias + 2.0 == pytest.approx(finished.perplexity, rel=1e-6)


@pytest.mark.usefixtures("idle")
def test_what_a_stop_measured_best_becomes_the_model_and_is_forgotten_by_the_run(ask, monkeypatch):
    """Stopped where the text was foretold best: the run that goes on ends with what it measures itself."""
    monkeypatch.setattr(Idle, "perplexity", lambda learner, bias: 2.0 + abs(bias - seen[5]))
    seen = []
    with monkeypatch.context() as patch:
        patch.setattr(Idle, "perplexity", lambda learner, bias: seen.append(bias) or 2.0)
        patch.setattr(loop, "MEASURE_EVERY", 1)
        list(pretrain(ask("first", **STREAM)))
    list(pretrain(other := ask("other", **STREAM)))
    asked = ask(**STREAM)
    *_, finished = stopped_in(asked, 6)
    assert finished.perplexity == pytest.approx(2.0)
    assert LanguageBundle.open(asked.output).weights()["language_model.forward.bias"][0] == pytest.approx(seen[5])
    *_, finished = resume(asked)
    assert finished.perplexity > 2.01
    assert content(asked.output) == content(other.output)


@pytest.mark.parametrize("learner", ["idle"], indirect=True)
@pytest.mark.parametrize("count", [2, 5, 6, 9])
def test_a_killed_run_ends_with_the_bytes_of_an_undisturbed_one(ask, options, undisturbed, count):
    """After a first step, the fourth, and the measure after it; and later."""
    asked = ask(**options)
    killed_after(asked, count)
    assert not asked.output.exists()
    resume(asked)
    assert content(asked.output) == undisturbed[1]
    assert not unfinished(asked).exists()


@pytest.mark.usefixtures("idle")
def test_a_kill_between_the_last_step_of_a_pass_and_its_measure_is_mended(ask, monkeypatch):
    monkeypatch.setattr(loop, "MEASURE_EVERY", 1000)
    list(pretrain(other := ask("other", **SENTENCES)))
    asked = ask(**SENTENCES)
    seen = killed_after(asked, 1 + 6)
    assert (seen[-1].place.number, seen[-1].place.steps) == (1, 6)
    resume(asked)
    assert content(asked.output) == content(other.output)


@pytest.mark.usefixtures("idle")
def test_a_kill_between_the_best_network_and_its_checkpoint_is_mended(ask, options, monkeypatch):
    """No checkpoint knows of the second network that was kept; a stop before it is measured anew takes the first."""
    monkeypatch.setattr(Idle, "perplexity", lambda learner, bias: 1.0 + 9.0 / (1.0 + bias))
    list(pretrain(other := ask("other", **options)))
    asked, save_of = ask(**options), run._Run._save

    def save(self):
        if len(self.history) == 2:
            raise KeyboardInterrupt
        save_of(self)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(run._Run, "_save", save)
        list(pretrain(asked))
    assert len(list(unfinished(asked).glob("best-*"))) == 2
    stopped_in(replace(asked, resume=True), 1)
    resume(asked)
    assert content(asked.output) == content(other.output)


@pytest.mark.usefixtures("idle")
def test_of_networks_that_were_measured_only_the_best_is_kept(ask, monkeypatch):
    monkeypatch.setattr(Idle, "perplexity", lambda learner, bias: 1.0 + 9.0 / (1.0 + bias))
    asked = ask(**SENTENCES)
    seen = killed_after(asked, 8)  # before its second measure
    assert [event.steps for event in seen if isinstance(event, Measured) and event.is_best] == [4]
    killed_after(replace(asked, resume=True), 4)
    assert [path.name for path in unfinished(asked).glob("best-*")] == ["best-6"]


@pytest.fixture
def begun(ask, idle):
    """A request whose run was killed after a measure."""
    asked = ask(**SENTENCES)
    killed_after(asked, 6)
    return asked


def refused(asked, kind, match):
    """The request is refused in one line, and nothing is touched."""
    before = content(asked.output.parent)
    with pytest.raises(kind, match=match) as raised:
        list(pretrain(asked))
    assert "\n" not in str(raised.value)
    assert content(asked.output.parent) == before


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


@pytest.mark.parametrize("name", ["thesis.txt", "model.json"])
@pytest.mark.usefixtures("idle")
def test_what_is_not_only_a_language_model_is_not_replaced(ask, name):
    """A tagger's bundle is none; neither is a language model with something beside it."""
    list(pretrain(asked := ask(**SENTENCES)))
    list(pretrain(asked))  # replaced by another
    (asked.output / name).write_text("{}")
    refused(asked, DataError, "model: not only a language model stands there; name another directory with --output")
    (asked.output / "language_model.json").unlink()
    refused(asked, DataError, "not only a language model stands there")


@pytest.mark.usefixtures("idle")
def test_a_model_is_replaced_only_by_a_whole_one(ask, monkeypatch):
    list(pretrain(asked := ask(**SENTENCES)))
    stood = content(asked.output)

    def crash(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(run, "complete_language_model", crash)
        list(pretrain(ask(minutes=NO_CHECKPOINTS, **SENTENCES | {"seed": 2})))
    assert content(asked.output) == stood
    assert not unfinished(asked).exists()


@pytest.mark.parametrize(
    ("text", "options", "match"),
    [
        ("", {}, "text.txt: found no sentence$"),
        (" \n\n", {"stream": True}, "text.txt: found no text to learn from$"),
        ("", {"unit": "character"}, "text.txt: found no text to learn from$"),
        ("one sentence\n", {}, "text.txt: found one sentence, expected at least two, as one is held out$"),
        ("two words\n", {"stream": True}, "text.txt: found 3 words, ends of sentences among them, too few to learn"),
        ("abc", {"unit": "character"}, "text.txt: found 3 characters, too few to learn from and to hold some out$"),
        (b"good\nbad \xff\n", {}, "text.txt:2: "),
        (TEXT, {"dev": ""}, "dev.txt: found no text to measure by$"),
        (TEXT, {"dev": "\n \n", "stream": True}, "dev.txt: found no text to measure by$"),
        (TEXT, {"dev": "", "unit": "character"}, "dev.txt: found no text to measure by$"),
    ],
)
def test_text_that_is_too_little_or_none_is_one_line_and_nothing_is_left(ask, text, options, match):
    refused(ask(text=text, **options), DataError, match)


@pytest.mark.usefixtures("idle")
@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("two\nsentences\n", {}),
        ("three words here\n", {"stream": True}),
        ("abcd", {"unit": "character"}),
        ("one sentence\n", {"dev": "one\n"}),
        ("a\n", {"dev": "b\n", "stream": True}),
        ("ab", {"dev": "c", "unit": "character"}),
    ],
)
def test_the_least_text_makes_a_model(ask, text, options):
    *_, finished = pretrain(ask(text=text, epochs=3, **options))
    assert LanguageBundle.open(finished.output).manifest.perplexity >= 1.0


@pytest.mark.usefixtures("idle")
def test_bytes_that_are_not_utf_8_may_be_replaced(ask):
    asked = ask(text=b"good\nbad \xff\nugly\n")
    *_, finished = pretrain(replace(asked, text=raw(asked.text.sources[0].path, errors="replace")))
    assert "\ufffd" in (finished.output / "words.txt").read_text().split("\n")


@pytest.mark.usefixtures("idle")
def test_tokenized_text_is_taken_as_it_is_parted(ask):
    """Otherwise the point and the word before it are two tokens, and two lines may be one sentence."""
    asked = ask(text="It rains.\nin Linz.\n" * 4)
    counts = []
    for tokenized in (True, False):
        request = replace(asked, text=raw(asked.text.sources[0].path, tokenized=tokenized))
        *_, finished = pretrain(request)
        words = (finished.output / "words.txt").read_text().splitlines()
        counts.append(({"rains.", "linz."} <= {*words}, {"rains", "linz", "."} <= {*words}))
    assert counts == [(True, False), (False, True)]


@pytest.mark.usefixtures("idle")
def test_vectors_begin_rows_of_words_and_are_refused_for_characters(ask, tmp_path):
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("river 1 2 3\nnowhere 4 5 6\n")
    asked = replace(ask(**SENTENCES | {"embedding_size": None, "learning_rate": 0.0}), vectors=vectors)
    started, *_, finished = pretrain(asked)
    assert started.prepared.pretrained == 1
    bundle = LanguageBundle.open(finished.output)
    words = bundle.vocabulary().words
    assert "nowhere" not in words
    np.testing.assert_array_equal(bundle.weights(["embedding"])["embedding"][words.index("river")], [1, 2, 3])
    refused(replace(ask(unit="character"), vectors=vectors), ConfigError, "^--vectors: are of words; leave them out")


@pytest.mark.slow
@pytest.mark.parametrize("options", [SENTENCES, STREAM, STREAM | {"unit": "character"}])
def test_a_loss_that_is_no_number_is_one_line(ask, options):
    asked = ask(minutes=NO_CHECKPOINTS, **options | {"learning_rate": 100.0, "clip_norm": 0.0, "lm_softmax": "full"})
    refused(asked, TaggerError, "^pass [12]: the loss is no longer a finite number; try a lower --learning-rate$")


@pytest.mark.slow
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("directions", ["both", "forward"])
def test_the_written_model_has_the_perplexity_that_was_measured(ask, layers, directions):
    """ONNX Runtime reads one stream from zero states; so does the network, of windows made for it."""
    options = STREAM | {"layers": layers, "directions": directions, "lm_words": 6, "window": 20}  # one stream of dev
    asked = ask(dev="the river swims in Linz\nstorms go\nAnna rises again\n", **options)
    started, *_, finished = pretrain(asked)
    prepared = started.prepared
    for name, weight in prepared.network.weights().items():
        weight.assign(LanguageBundle.open(finished.output).weights()[name])
    ids = np.concatenate(list(word_stream(asked.dev, prepared.vocabulary)))
    both = []
    for text in (ids, ids[::-1]):
        read = np.concatenate([[END], text])[None].astype(np.int32)
        both.append((read[:, :-1], read[:, 1:]))
    surprise, count = LanguageLearner(prepared.network, asked.config).surprise(iter([StreamWindow(*both, begins=True)]))
    assert count == len(ids) * (2 if directions == "both" else 1)
    found = measure_perplexity(LanguageBundle.open(finished.output), asked.dev)
    assert found.overall == pytest.approx(math.exp(surprise / count), rel=1e-4)
    if directions == "forward":  # where what is measured while training is the same
        assert finished.perplexity == pytest.approx(found.overall, rel=1e-4)


@pytest.mark.slow
def test_of_sentences_too(ask):
    asked = ask(dev="the river swims in Linz\nstorms go\nAnna rises again\n", **SENTENCES)
    *_, finished = pretrain(asked)
    found = measure_perplexity(LanguageBundle.open(finished.output), asked.dev)
    assert found.overall == pytest.approx(finished.perplexity, rel=1e-4)


class Counted:
    """A learner of loss 1 whose measures are given; and its text, so many reads a pass."""

    def __init__(self, *perplexities):
        self.perplexities, self.steps = list(perplexities), 5

    def one_pass(self, number):
        window = np.zeros((2, 3), np.int32), np.zeros((2, 3), np.int32)
        return (StreamWindow(window, window, begins=False) for _ in range(self.steps))

    def held_out(self):
        return iter(())

    def step(self, read, number, rate):
        return float(number)

    def averaged(self):
        return nullcontext()

    def surprise(self, reads):
        return math.log(self.perplexities.pop(0)) * 10, 10


def test_passes_are_measured_at_their_ends_and_within():
    fake = Counted(9.0, 7.0, 8.0, 6.0)
    events = list(learn_passes(fake, fake, language_config(epochs=2).training))
    measured = [event for event in events if isinstance(event, Measured)]
    assert [(one.passes, one.steps, one.is_best, one.is_end) for one in measured] == [
        (0.8, 4, True, False),
        (1.0, 5, True, False),
        (1.8, 9, False, False),
        (2.0, 10, True, True),
    ]
    assert [one.words for one in measured] == [24, 6, 24, 6]
    assert [one.loss for one in measured] == [1.5, 4.0, 6.5, 9.0]  # means of the steps' numbers
    assert all(one.is_due for one in measured)
    shares = [event.share for event in events if isinstance(event, Stepped)]
    assert shares == pytest.approx([step / 10 for step in range(1, 11)])
