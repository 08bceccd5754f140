"""Runs that learn from unlabelled text as well: the same bytes however they came about, and what is said of them."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from builders import NOISY
from small_runs import content, killed_after, request

from tagger.config import RunConfig, TextFormat, TokenFormat
from tagger.errors import ConfigError, DataError
from tagger.inference.bundle import Bundle
from tagger.training import run
from tagger.training.loop import EpochDone, StepDone
from tagger.training.rendezvous import Cluster
from tagger.training.request import check_identity, identity_of
from tagger.training.run import Started, train_model

EVERY_STEP = RunConfig(checkpoint_minutes=1e-9)
TEXT = "the river rises in Linz .\nAnna swims\nthe river falls in Linz again\nstorms come and go\n" * 15
HELD_OUT = 3  # of its 60 sentences: the first, the 21st and the 41st
OPTIONS = {"batch_size": 2, "unlabelled_batch": 8, "unlabelled_count": 3, "learning_rate": 0.02, "characters": "cnn"}


@pytest.fixture
def raw(tmp_path) -> Path:
    path = tmp_path / "raw.txt"
    path.write_text(TEXT)
    return path


def asked_for(eight, output, *paths, **options):
    made = request(eight, output, dev=eight, **OPTIONS | NOISY | options)
    return replace(made, running=EVERY_STEP, unlabelled=paths, tokens=TokenFormat(tokenized=True))


@pytest.fixture
def asked(eight, raw, tmp_path):
    """A request for two epochs of four steps that read 64 sentences, which is all 57 once and some again."""
    return asked_for(eight, tmp_path / "model", raw)


def learned(events):
    """What the events say, but for clocks."""
    steps = [
        (event.number, event.tag_loss, event.lm_loss, event.unlabelled_tokens)
        for event in events
        if isinstance(event, StepDone)
    ]
    epochs = [replace(event, seconds=0.0, train_seconds=0.0) for event in events if isinstance(event, EpochDone)]
    return steps, epochs


@pytest.mark.slow
def test_a_run_and_one_that_was_killed_again_and_again_end_with_the_same_bytes(asked):
    """The second epoch goes on where the first has left the text, which is over in its last step and begins anew."""
    other = replace(asked, output=asked.output.with_name("other"))
    events = list(train_model(other))
    seen = killed_after(asked, 3)
    seen += killed_after(replace(asked, resume=True), 3)
    seen += list(train_model(replace(asked, resume=True)))
    assert learned(seen) == learned(events)
    assert len(learned(seen)[0]) == 8
    assert content(asked.output) == content(other.output)


@pytest.mark.slow
def test_what_a_run_learns_from_is_told_and_kept(asked, raw, tmp_path):
    started, *_, first, last = [event for event in train_model(asked) if isinstance(event, Started | EpochDone)]
    assert isinstance(started, Started)
    learned_words = [word for line in TEXT.splitlines() for word in line.split()]
    held = [word for place in (0, 20, 40) for word in TEXT.splitlines()[place].split()]
    counts = {"sentences": 60 - HELD_OUT, "tokens": len(learned_words) - len(held), "entities": {}}
    manifest = Bundle.open(asked.output).manifest
    assert manifest.data["unlabelled"] == counts | {"files": ["raw.txt"], "is_whole": True}
    rows = [json.loads(line) for line in (asked.output / "history.jsonl").read_text().splitlines()]
    assert [row["unlabelled_perplexity"] for row in rows] == [first.unlabelled_perplexity, last.unlabelled_perplexity]
    assert last.unlabelled_perplexity < first.unlabelled_perplexity
    card = (asked.output / "README.md").read_text()
    assert f"unlabelled text: `raw.txt`, {counts['tokens']:,} words." in card
    assert str(tmp_path) not in card
    words = (asked.output / "words.txt").read_text().split()
    assert {"river", "storms", "swims"} <= set(words)
    assert 'unlabelled = ["../raw.txt"]' in (asked.output / "run.toml").read_text()


@pytest.mark.slow
def test_without_such_text_nothing_speaks_of_it(eight, tmp_path):
    asked = asked_for(eight, tmp_path / "model")
    events = list(train_model(asked))
    assert {event.unlabelled_perplexity for event in events if isinstance(event, EpochDone)} == {None}
    assert {event.unlabelled_tokens for event in events if isinstance(event, StepDone)} == {0}
    manifest = Bundle.open(asked.output).manifest
    assert manifest.data.keys() == {"train", "dev"}
    assert "unlabelled_perplexity" not in (asked.output / "history.jsonl").read_text()
    assert not re.search("unlabelled text|--unlabelled ", (asked.output / "README.md").read_text())
    assert not re.search(r"^(unlabelled|tokenized|language) =", (asked.output / "run.toml").read_text(), re.M)


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"tokens": TokenFormat(tokenized=False)}, "--no-tokenized: "),
        ({"text": TextFormat(language="de")}, "--language de: "),
        ({"text": TextFormat(errors="replace")}, "--errors replace: "),
        ({"unlabelled": ()}, "--unlabelled: .* was begun with unlabelled text"),
    ],
)
def test_other_text_or_another_way_to_read_it_is_another_run(asked, changed, text):
    begun = identity_of(asked)
    check_identity(begun, asked, "the run")
    with pytest.raises(ConfigError, match=f"^{text}"):
        check_identity(begun, replace(asked, **changed), "the run")


def test_the_same_content_may_lie_elsewhere_and_other_content_may_not(asked, raw, tmp_path):
    begun, moved = identity_of(asked), tmp_path / "moved.txt"
    shutil.copy(raw, moved)
    check_identity(begun, replace(asked, unlabelled=(moved,)), "the run")
    moved.write_text(TEXT.replace("river", "rover"))
    with pytest.raises(DataError, match=f"^{re.escape(str(moved))}: this text is not what the run was begun with"):
        check_identity(begun, replace(asked, unlabelled=(moved,)), "the run")
    with pytest.raises(DataError, match="this text is not what the run was begun with"):
        check_identity(begun, replace(asked, unlabelled=(raw, moved)), "the run")


def test_a_run_begun_without_such_text_goes_on_whatever_is_said_of_how_to_read_it(eight, asked, tmp_path):
    """What earlier versions wrote of a run knows neither the files nor the options."""
    plain = replace(asked, unlabelled=())
    begun = identity_of(plain)
    assert begun.keys() == {"tagger_version", "options", "files"}
    assert not {"tokenized", "language", "unlabelled_batch", "unlabelled_weight"} & begun["options"].keys()
    check_identity(begun, replace(plain, text=TextFormat(language="de"), tokens=TokenFormat()), "the run")
    with pytest.raises(ConfigError, match=r"^--unlabelled: the run was begun without unlabelled text"):
        check_identity(begun, asked, "the run")


def refused(asked):
    """What is said before anything is learned or written."""
    before = content(asked.output.parent)
    with pytest.raises((ConfigError, DataError)) as raised:
        list(train_model(asked))
    assert content(asked.output.parent) == before
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_text_that_cannot_be_used_is_refused_before_training(eight, asked, tmp_path):
    empty, broken, missing = tmp_path / "empty.txt", tmp_path / "broken.txt", tmp_path / "missing.txt"
    empty.write_text("\n \n")
    broken.write_bytes(TEXT.encode() + b"M\xfcnchen\n")
    assert refused(replace(asked, unlabelled=(missing,))) == f"{missing}: no such file"
    assert refused(replace(asked, unlabelled=(empty,))).startswith(f"{empty}: found no sentence")
    assert refused(replace(asked, unlabelled=(broken,))).startswith(f"{broken}:61: byte 0xfc")
    weightless = asked_for(eight, tmp_path / "model", *asked.unlabelled, lm_weight=0.0)
    assert refused(weightless).startswith("--unlabelled: without the language model (--lm-weight 0)")


def test_several_processes_or_devices_are_refused(asked, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(run, "find_replicas", lambda cluster, stopping: object())
        assert refused(asked).startswith("--unlabelled: several graphics cards")
    monkeypatch.setattr(run, "read_cluster", lambda: Cluster(("a:1", "b:2"), 0))
    assert refused(asked).startswith("--unlabelled: TF_CONFIG")
