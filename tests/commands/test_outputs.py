"""Where the results of `tagger tag` go."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.commands.outputs import STANDARD, Job, plan_jobs
from tagger.errors import ConfigError

A, B = Path("in/a.conll"), Path("in/b.txt")


def targets(sources, output=None, directory=None, pattern=None):
    return [str(job.target) for job in plan_jobs(sources, output, directory, pattern)]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["-"]),
        ({"output": Path("out/x")}, ["out/x"]),
        ({"output": STANDARD}, ["-"]),
        ({"directory": Path("out")}, ["out/a.conll"]),
        ({"pattern": "{stem}.tagged{suffix}"}, ["in/a.tagged.conll"]),
        ({"pattern": "deep/{name}.{name}"}, ["in/deep/a.conll.a.conll"]),
        ({"pattern": "plain"}, ["in/plain"]),
        ({"pattern": "{{{stem}}}"}, ["in/{a}"]),
        ({"directory": Path("out"), "pattern": "{stem}"}, ["out/a"]),
    ],
)
def test_place_of_one_file(options, expected):
    assert targets([A], **options) == expected


def test_each_of_many_files_gets_its_own_name_in_order():
    assert targets([B, A], directory=Path("out")) == ["out/b.txt", "out/a.conll"]
    assert targets([A, B], pattern="{name}.out") == ["in/a.conll.out", "in/b.txt.out"]
    assert plan_jobs([A], Path("x"), None, None) == [Job(A, Path("x"))]


BAD_PATTERNS = ["{}", "{0}", "{names}", "{", "}", "{stem", "{stem:d}", "{stem!x}", "{stem.parent}", "{name[x]}"]


@pytest.mark.parametrize("pattern", BAD_PATTERNS)
def test_a_pattern_with_anything_else_in_braces_is_refused(pattern):
    with pytest.raises(ConfigError, match=r"^--name .*: expected \{name\}, \{stem\} or \{suffix\} in braces$"):
        plan_jobs([A], None, None, pattern)


@pytest.mark.parametrize("sources", [[A, B], [A, A], [STANDARD, A]])
@pytest.mark.parametrize("output", [None, Path("x"), STANDARD])
def test_many_files_need_a_place_for_each(sources, output):
    with pytest.raises(ConfigError, match="found 2 files; say where they go with --output-dir DIR or --name PATTERN"):
        plan_jobs(sources, output, None, None)


@pytest.mark.parametrize("options", [(Path("d"), None), (None, "{name}"), (Path("d"), "{name}")])
def test_one_place_and_many_contradict_each_other(options):
    with pytest.raises(ConfigError, match="--output names one file"):
        plan_jobs([A], Path("x"), *options)


@pytest.mark.parametrize("options", [(Path("d"), None), (None, "{name}")])
def test_standard_input_has_no_name(options):
    with pytest.raises(ConfigError, match="standard input has no name"):
        plan_jobs([STANDARD], None, *options)


@pytest.mark.parametrize(
    ("output", "directory", "pattern"),
    [
        (A, None, None),
        (Path("in/../in/a.conll"), None, None),
        (None, Path("in"), None),
        (None, None, "{name}"),
        (None, None, ""),
        (None, None, "../in/{name}"),
    ],
)
def test_no_input_is_written_over(output, directory, pattern):
    with pytest.raises(ConfigError, match="would be written over an input"):
        plan_jobs([A], None if output is None else Path(output), directory, pattern)


def test_no_input_of_another_file_is_written_over():
    with pytest.raises(ConfigError, match=r"^in/b\.txt: would be written over an input"):
        plan_jobs([A, B], None, None, "b.txt")


def test_no_input_is_written_over_under_another_name_of_it(tmp_path):
    (tmp_path / "link").symlink_to(A)
    for name in (Path("link"), A.absolute()):
        with pytest.raises(ConfigError, match="would be written over an input"):
            plan_jobs([A], name, None, None)


def test_no_two_results_go_to_one_place():
    with pytest.raises(ConfigError, match=r"^out/a.conll: both in/a.conll and other/a.conll would be written there$"):
        plan_jobs([A, Path("other/a.conll")], None, Path("out"), None)


names = st.text("ab.{}-", min_size=1, max_size=4).filter(lambda name: name not in {".", ".."})
paths = st.lists(st.builds("{}/{}".format, st.sampled_from("xy"), names).map(Path), min_size=1, max_size=4)
patterns = st.lists(st.sampled_from(["{name}", "{stem}", "{suffix}", "a", "../", "x/"]), max_size=3).map("".join)


@settings(deadline=None, max_examples=100)
@given(paths, st.none() | st.sampled_from([Path("x"), Path("z")]), st.none() | patterns)
def test_an_accepted_plan_loses_no_file(sources, directory, pattern):
    try:
        jobs = plan_jobs(sources, None, directory, pattern)
    except ConfigError:
        return
    places = [job.target.resolve() for job in jobs if job.target != STANDARD]
    assert [job.source for job in jobs] == sources
    assert len(set(places)) == len(places)
    assert not {source.resolve() for source in sources} & set(places)
