"""Several processes give what one gives, and none of them is left."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tagger.corpus.document import Document
from tagger.documents import workers
from tagger.documents.forms import FORMS
from tagger.documents.workers import Work, Written, write_windows
from tagger.errors import BundleError, DataError, TaggerError
from tagger.inference.bundle import Bundle
from tagger.inference.documents import TextOptions, tag_window
from tagger.inference.tagger import Tagger

ROOT = Path(__file__).parents[2]
PATIENCE = 300  # seconds; what takes longer is taken to hang


@pytest.fixture
def work(model):
    return Work(Bundle.open(model), None, TextOptions(keep_sentences=False), "jsonl")


@pytest.fixture
def broken_work(model, work, tmp_path):
    """A model that was whole when it was opened, and is not when it is loaded."""
    bundle = Bundle.open(shutil.copytree(model, tmp_path / "model"))
    bundle.network_path.write_bytes(b"damaged")
    return replace(work, bundle=bundle)


@pytest.fixture(scope="session")
def expected(model, windows):
    """One window after the other, by the tagger itself."""
    tagger = Tagger.load(model)
    tagged = [tag_window(tagger, window, TextOptions()) for window in windows]
    return [
        (window, Written(list(map(FORMS["jsonl"].write, found)), sum(len(one.entities) for one in found)))
        for window, found in zip(windows, tagged, strict=True)
    ]


@pytest.fixture(autouse=True)
def _nothing_is_left():
    """No process, and Ctrl-C not held."""
    yield
    assert multiprocessing.active_children() == []
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_one_process_gives_what_the_tagger_gives_window_by_window(work, windows, expected):
    assert list(write_windows(work, iter(windows), 1)) == expected
    assert len({tuple(written.documents) for _, written in expected}) == len(windows)
    assert sum(written.entities for _, written in expected) > len(windows)


@pytest.mark.slow
@pytest.mark.parametrize("processes", [2, 3, 16])
def test_more_processes_give_the_same_in_the_same_order(work, windows, expected, processes):
    assert list(write_windows(work, iter(windows), processes)) == expected


@pytest.mark.slow
@pytest.mark.parametrize(("form", "options"), [("columns", TextOptions("de", 0.5)), ("brat", TextOptions("en", 0.9))])
def test_what_is_asked_for_is_asked_of_every_process(model, windows, form, options):
    work = Work(Bundle.open(model), "BILOU", options, form)
    expected = list(write_windows(work, windows, 1))
    assert list(write_windows(work, windows, 2)) == expected
    assert expected != list(write_windows(replace(work, options=TextOptions()), windows, 1))


@pytest.mark.slow
def test_processes_of_themselves_are_as_many_as_cores_and_for_little_text_one(work, windows, expected, monkeypatch):
    monkeypatch.setattr(workers, "_cores", lambda: 2)
    for given, processes in ((windows[:7], 0), (windows, 2)):
        results = write_windows(work, given)
        first = next(results)
        assert len(multiprocessing.active_children()) == processes
        assert [first, *results] == expected[: len(given)]


@pytest.mark.slow
def test_no_more_windows_are_read_ahead_than_a_few_for_each_process(work, windows):
    read = []
    results = write_windows(work, (read.append(number) or window for number, window in enumerate(windows)), 2)
    next(results)
    assert len(read) <= 2 * 2 + 1
    results.close()


@pytest.mark.slow
def test_a_window_far_larger_than_a_pipe_holds_stops_nothing(work):
    large = [Document("large", "Anna Weber lives in Trieste.\n" * 30_000)]
    results = [written for _, written in write_windows(work, [large] * 6, 2)]
    assert len(set(map(str, results))) == 1
    assert results == [written for _, written in write_windows(work, [large] * 6, 1)]


@pytest.mark.slow
def test_windows_that_cannot_be_read_end_all_processes(work, windows, expected):
    def broken():
        yield from windows[:6]
        raise DataError("a.txt:3: no text")

    results = write_windows(work, broken(), 2)
    assert next(results) == expected[0]
    assert len(multiprocessing.active_children()) == 2
    with pytest.raises(DataError, match=r"a\.txt:3: no text"):
        list(results)


@pytest.mark.slow
def test_who_wants_no_more_ends_all_processes(work, windows):
    results = write_windows(work, windows, 2)
    next(results)
    results.close()


@pytest.mark.slow
@pytest.mark.parametrize("place", [0, 1])
def test_a_process_that_is_killed_is_one_line(work, windows, place, capfd):
    results = write_windows(work, windows, 2)
    next(results)
    os.kill(multiprocessing.active_children()[place].pid, signal.SIGKILL)
    with pytest.raises(TaggerError, match=r"^a process that was tagging has ended, .*; try --processes 1$"):
        list(results)
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_a_process_that_is_killed_in_the_middle_of_what_it_says_is_one_line(work):
    worker = workers._Worker(work)
    worker.give([Document("large", "Anna Weber lives in Trieste.\n" * 100_000)])
    assert worker._pipe.poll(PATIENCE)  # it has begun to say more than the pipe can hold
    os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)
    with pytest.raises(TaggerError, match="a process that was tagging has ended"):
        worker.take()
    worker.end()


@pytest.mark.slow
def test_a_process_that_nobody_gives_anything_ends_with_its_pipe(work):
    worker = workers._Worker(work)
    worker._pipe.close()
    worker._process.join(PATIENCE)
    assert worker._process.exitcode == 1


@pytest.mark.slow
def test_what_went_wrong_is_said_also_to_who_asks_late(broken_work):
    worker = workers._Worker(broken_work)
    assert worker._pipe.poll(PATIENCE)
    worker._process.join(1)  # were it to end now, nobody could give it anything
    worker.give([])
    with pytest.raises(BundleError, match=r"network\.onnx: ONNX Runtime cannot load it"):
        worker.take()
    worker.end()


@pytest.mark.slow
def test_a_model_that_cannot_be_loaded_is_said_as_by_one_process(broken_work, windows, capfd):
    said = []
    for processes in (1, 2):
        with pytest.raises(BundleError) as error:
            list(write_windows(broken_work, windows, processes))
        said.append(str(error.value))
    assert said[0] == said[1]
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def begun(model, words, tmp_path):
    """A run of two processes in a process group of its own, and all processes of it; it takes many seconds."""
    (tmp_path / "in.txt").write_text((" ".join(words) + "\n") * 400, encoding="utf-8")
    command = [sys.executable, "-m", "tagger", "tag", model, "in.txt", "--documents", "line"]
    process = subprocess.Popen(
        [*map(str, command), "-o", "out.jsonl", "--processes", "2"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    yield process
    process.kill()
    process.communicate()


def wait_until(holds, process):
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


def workers_of(process):
    """The pids of its worker processes that have their own program already."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [
        int(pid) for pid in children.read_text().split() if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def holds_interrupts(pid):
    status = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return bool(int(status["SigBlk"], 16) >> (signal.SIGINT - 1) & 1)


def wait_for_lines(process, folder):
    lines = folder / "out.jsonl.unfinished" / "lines.jsonl"
    wait_until(lambda: lines.exists() and lines.stat().st_size, process)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="asks Linux for processes")
@pytest.mark.parametrize("late", [False, True])
def test_workers_end_when_what_started_them_is_killed(begun, tmp_path, late):
    wait_until(lambda: len(workers_of(begun)) == 2, begun)
    if late:
        wait_for_lines(begun, tmp_path)
    pids = workers_of(begun)
    begun.kill()
    begun.wait()
    end = time.monotonic() + PATIENCE
    while any(map(is_running, pids)):
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="asks Linux for processes")
@pytest.mark.parametrize("late", [False, True])
def test_ctrl_c_ends_all_without_a_traceback(begun, tmp_path, late):
    wait_until(lambda: len(workers_of(begun)) == 2, begun)
    if late:
        wait_for_lines(begun, tmp_path)
    pids = workers_of(begun)
    assert all(holds_interrupts(pid) for pid in pids)  # from their first moment
    os.killpg(begun.pid, signal.SIGINT)
    _, said = begun.communicate(timeout=PATIENCE)
    assert begun.returncode == 130
    assert "Traceback" not in said
    assert not any(map(is_running, pids))
    assert not (tmp_path / "out.jsonl").exists()
    assert (tmp_path / "out.jsonl.unfinished").exists() or not late
