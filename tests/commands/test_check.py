"""`tagger check` as a user has it."""

import json

import pytest

CLEAN = "".join(f"Ada{place}\tB-PER\nis\tO\nin\tO\nTown{place}\tB-LOC\n\n" for place in range(12))
STRAY = CLEAN.replace("Ada3\tB-PER", "Ada3\tI-PER")


def test_a_clean_file_gives_nothing_and_the_exit_code_0(run, write):
    write("train.conll", CLEAN)
    ran = run("check", "train.conll")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "file         scheme  sentences  tokens  entities",
        "train.conll  IOB2           12      48        24",
        "",
        "nothing found",
    ]


def test_what_is_broken_is_said_with_its_line_and_the_exit_code_1(run, write):
    write("a.conll", STRAY)
    ran = run("check", "a.conll")
    assert (ran.code, ran.err) == (1, "")
    first, *others = ran.out.splitlines()
    assert first.startswith("a.conll:16: scheme (broken): I-PER at the start of a sentence and before O is not IOB2;")
    assert [line.split() for line in others[-4:-2]] == [["kind", "severity", "a.conll"], ["scheme", "broken", "1"]]
    assert others[-1] == "1 finding, 1 broken"


def test_what_is_only_suspicious_leaves_the_exit_code_0(run, write):
    write("a.conll", CLEAN.replace("Ada3", "Ada\u200b3"))
    ran = run("check", "a.conll")
    assert ran.code == 0
    assert "a.conll:16: character (suspicious): 'Ada\\u200b3' holds U+200B ZERO WIDTH SPACE" in ran.out


def test_all_lines_that_cannot_be_read_are_listed(run, write):
    raw = CLEAN.encode().replace(b"Ada3\tB-PER", b"Ada3").replace(b"Ada5\t", b"Ada\xe95\t")
    write("a.conll", raw.replace(b"Town7\tB-LOC", b"Town7\tLOC"))
    ran = run("check", "a.conll")
    assert ran.code == 1
    assert [line.split(": ")[0] for line in ran.out.splitlines() if "unreadable (" in line] == [
        "a.conll:16",
        "a.conll:26",
        "a.conll:39",
    ]


def test_only_some_of_a_kind_are_shown_and_all_with_all(run, write):
    write("a.conll", CLEAN.replace("B-PER", "I-PER") + CLEAN.replace("Ada", "Ida").replace("Town", "City") * 2)
    for arguments, shown in (((), 10), (("--all",), 12)):
        ran = run("check", "a.conll", "--scheme", "IOB2", "--only", "scheme", *arguments)
        assert ran.out.count("scheme (broken)") == shown
        assert ("... scheme: and 2 more (--all)" in ran.out) == (shown == 10)


def test_kinds_are_chosen_and_left_out(run, write):
    write("a.conll", STRAY.replace("Town5", "Town\u200b5"))
    chosen = run("check", "a.conll", "--only", "character", "--only", "space")
    assert (chosen.code, "character (" in chosen.out, "scheme (" in chosen.out) == (0, True, False)
    left = run("check", "a.conll", "--ignore", "scheme")
    assert (left.code, "character (" in left.out, "scheme (" in left.out) == (0, True, False)
    assert run("check", "a.conll", "--ignore", "spelling").code == 2


def test_the_file_that_is_called_train_is_train_wherever_it_stands(run, write):
    write("dev.conll", CLEAN.replace("Ada3\tB-PER", "Ada3\tB-GPE").replace("Ada", "Ida").replace("Town", "City"))
    write("my_Train.conll", CLEAN)
    ran = run("check", "dev.conll", "my_Train.conll")
    assert "dev.conll:16: unknown-type (suspicious): GPE has 1 here and none in my_Train.conll" in ran.out
    assert "rare-type" not in ran.out


def test_json_holds_files_findings_and_changes(run, write, tmp_path):
    write("a.conll", STRAY)
    ran = run("check", "a.conll", "--json", "--fix", "mended.conll")
    assert ran.code == 1
    values = json.loads(ran.out)
    assert values["files"] == [{"path": "a.conll", "scheme": "IOB2", "sentences": 12, "tokens": 48, "entities": 24}]
    (finding,) = values["findings"]
    message = finding.pop("message")
    assert finding == {"path": "a.conll", "line": 16, "kind": "scheme", "severity": "broken"}
    assert message.endswith("write B-PER (--fix does)")
    assert values["changes"] == [{"path": "a.conll", "line": 16, "message": "tag I-PER is now B-PER"}]
    assert (tmp_path / "mended.conll").read_text() == CLEAN


def test_several_files_are_mended_into_a_directory(run, write, tmp_path):
    write("train.conll", STRAY)
    write("dev.conll", CLEAN.replace("Ada", "Id\u00a0a"))
    ran = run("check", "train.conll", "dev.conll", "--fix", "new/mended")
    assert ran.code == 1
    assert "train.conll:16: tag I-PER is now B-PER" in ran.out
    assert (tmp_path / "new" / "mended" / "train.conll").read_text() == CLEAN
    assert "Id\tB-PER\na0\tI-PER\n" in (tmp_path / "new" / "mended" / "dev.conll").read_text()
    assert (tmp_path / "train.conll").read_text() == STRAY


def test_nothing_is_written_over_an_input_or_another_file(refuses, write, tmp_path):
    write("a.conll", STRAY)
    (tmp_path / "b").mkdir()
    write("b/a.conll", STRAY)
    refuses("--fix: a.conll would be written over an input", "check", "a.conll", "--fix", "a.conll")
    refuses("would be written over an input", "check", "a.conll", "--fix", ".")
    refuses("two files would be written to c/a.conll", "check", "a.conll", "b/a.conll", "--fix", "c")


def test_a_file_that_is_not_there_is_a_wrong_command(refuses):
    refuses("a.conll: no such file", "check", "a.conll")


@pytest.mark.parametrize("columns", [("--word-column", "2", "--tag-column", "1", "--separator", "tab")])
def test_columns_are_where_they_are_said_to_be(run, write, columns):
    write("a.conll", "".join("\t".join(reversed(line.split("\t"))) + "\n" for line in STRAY.splitlines()))
    ran = run("check", "a.conll", *columns)
    assert ran.code == 1
    assert "a.conll:16: scheme" in ran.out


def test_what_a_model_has_learned_by_heart_it_says_so_of_and_finds_what_was_changed(run, trained, write):
    ran = run("check", trained.train, "--model", trained.model, "--only", "memorised")
    assert (ran.code, ran.out.count("memorised (note)")) == (0, 1)
    lines = trained.train.read_text(encoding="utf-8").splitlines()
    place = next(number for number, line in enumerate(lines) if line.endswith("B-LOC"))
    lines[place] = lines[place].replace("B-LOC", "B-PER")
    changed = write("changed.conll", "\n".join(lines) + "\n")
    ran = run("check", changed, "--model", trained.model, "--only", "disagreement", "--only", "memorised")
    assert ran.out.splitlines()[0].startswith(f"{changed}:{place + 1}: disagreement (suspicious): ")
    assert "memorised" not in ran.out


def test_a_model_that_is_not_there_is_a_wrong_command(refuses, write):
    write("a.conll", CLEAN)
    refuses("no model there", "check", "a.conll", "--model", "none")
