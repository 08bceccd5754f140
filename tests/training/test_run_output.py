import shutil
from pathlib import Path

import pytest
from small_runs import content, request, train

from tagger.errors import DataError, TaggerError
from tagger.inference.bundle import Bundle
from tagger.inference.tagger import Tagger
from tagger.training import judge, store
from tagger.training.loop import EpochDone
from tagger.training.run import train_model


@pytest.fixture(params=["nothing", "a model"])
def place(by_heart, request, tmp_path):
    """A directory in which a model is to be made, named `model`, where one may stand already."""
    place = tmp_path / "models"
    place.mkdir()
    if request.param == "a model":
        shutil.copytree(by_heart[-1].output, place / "model")
    return place


class Crash(BaseException):
    """No `except Exception` stops it, as none stops an interrupt from the keyboard."""


@pytest.mark.parametrize(
    ("room", "moment"),
    [
        (judge, "export_network"),
        (judge, "score_predictions"),
        (store, "model_card"),
        (store, "write_manifest"),
        (store, "swap_directory"),
        (None, "step"),
    ],
)
def test_a_crash_leaves_what_stood_there_and_no_litter(idle, monkeypatch, eight, place, room, moment):
    def crash(*_):
        raise Crash

    stood = content(place)
    monkeypatch.setattr(room or idle, moment, crash)
    with pytest.raises(Crash):
        train(eight, place / "model", dev=eight)
    assert content(place) == stood


def test_a_run_nobody_reads_to_its_end_leaves_what_stood_there_and_no_litter(idle, eight, place):
    stood, events = content(place), train_model(request(eight, place / "model", dev=eight))
    while not isinstance(next(events), EpochDone):
        pass
    assert content(place) != stood
    events.close()
    assert content(place) == stood


@pytest.mark.parametrize("text", ["", "Anna B-PER\nsleeps\n", "Anna O\n\nsleeps O\n", "Anna B-PER\n\xff O\n"])
def test_a_bad_file_leaves_what_stood_there_and_no_litter(eight, tmp_path, place, text):
    stood, bad = content(place), tmp_path / "bad.conll"
    bad.write_text(text, encoding="latin-1")
    with pytest.raises(DataError, match=r"bad\.conll"):
        train(bad, place / "model", dev=eight)
    assert content(place) == stood


def test_a_run_replaces_the_model_that_stood_there_and_is_seen_nowhere_else(idle, eight, place):
    train(eight, place / "model", dev=eight)
    assert Bundle.open(place / "model").manifest.config.training.epochs == 2
    assert list(place.iterdir()) == [place / "model"]


@pytest.mark.parametrize("output", ["model", "new/parents/model", "empty"])
def test_a_model_can_go_to_a_new_place_or_an_empty_one(idle, eight, tmp_path, output):
    (tmp_path / "empty").mkdir()
    train(eight, tmp_path / output, dev=eight)
    assert Tagger.load(tmp_path / output).tag([["Anna"]])


@pytest.mark.parametrize("output", ["file.txt", "folder"])
def test_an_output_that_is_no_model_is_refused_before_anything_is_read(tmp_path, output):
    (tmp_path / "file.txt").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.txt").write_text("mine too")
    stood = content(tmp_path)
    with pytest.raises(DataError, match=rf"{output}: not only a model stands there.*--output"):
        next(train_model(request(tmp_path / "no such train file", tmp_path / output)))
    assert content(tmp_path) == stood


def refused_or_written(eight, output):
    """A run may refuse an output at once, by a TaggerError, or must leave a model there; nothing between."""
    events = []
    try:
        for event in train_model(request(eight, output, dev=eight)):
            events.append(event)
    except TaggerError:
        assert not events
    else:
        assert Tagger.load(output).tag([["Anna"]])


@pytest.mark.parametrize("target", ["model", "nowhere"])
def test_a_link_is_refused_or_followed(idle, eight, tmp_path, target):
    train(eight, tmp_path / "model", dev=eight)
    (tmp_path / "link").symlink_to(target)
    refused_or_written(eight, tmp_path / "link")
    assert (tmp_path / "link").readlink() == Path(target)


def test_a_link_to_itself_is_refused(idle, eight, tmp_path):
    (tmp_path / "link").symlink_to("link")
    with pytest.raises(TaggerError):
        next(train_model(request(eight, tmp_path / "link", dev=eight)))


def test_the_current_directory_is_refused_or_written(idle, monkeypatch, eight, tmp_path):
    monkeypatch.chdir(tmp_path)
    refused_or_written(eight, Path())


def test_a_strangers_file_beside_a_model_is_not_deleted(idle, eight, tmp_path):
    train(eight, tmp_path / "model", dev=eight)
    (tmp_path / "model" / "notes.txt").write_text("mine")
    refused_or_written(eight, tmp_path / "model")
    assert (tmp_path / "model" / "notes.txt").read_text() == "mine"


def test_a_run_that_never_began_makes_no_directory_for_its_output(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        train(tmp_path / "missing.conll", tmp_path / "new" / "parents" / "model")
    assert content(tmp_path) == {}


def test_what_has_come_to_stand_at_the_output_meanwhile_is_kept(idle, eight, tmp_path):
    events = train_model(request(eight, tmp_path / "model", dev=eight))
    while not isinstance(next(events), EpochDone):
        pass
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "thesis.txt").write_text("precious")
    with pytest.raises(DataError, match="the model that was trained is in") as caught:
        list(events)
    assert (tmp_path / "model" / "thesis.txt").read_text() == "precious"
    Bundle.open(Path(str(caught.value).rpartition(" is in ")[2]))
