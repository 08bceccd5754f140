"""Tagged files against a labelled one."""

import pytest

from tagger.config import ColumnFormat
from tagger.corpus.schemes import SCHEMES
from tagger.errors import DataError
from tagger.evaluation.compare_files import compare_files
from tagger.evaluation.comparison_text import comparison_text

GOLD = """\
-DOCSTART- O

Ines B-PER
Okafor I-PER
saw O
Galway B-LOC

Lund B-LOC
wins O
"""
A = GOLD.replace("Lund B-LOC", "Lund B-PER")
B = GOLD.replace("Galway B-LOC", "Galway O").replace("wins O", "wins B-LOC")


@pytest.fixture
def compare(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def compare(gold=GOLD, a=A, b=B, **columns):
        for name, text in (("gold", gold), ("a", a), ("b", b)):
            (tmp_path / name).write_text(text, encoding="utf-8")
        paths = [(tmp_path / name).relative_to(tmp_path) for name in ("a", "b", "gold")]
        return compare_files(*paths, ColumnFormat(**columns))

    return compare


def in_scheme(text, name):
    """The tags of a file of IOB2 in another scheme, block by block."""
    from tagger.corpus.entities import entities_of

    blocks = []
    for block in text.strip().split("\n\n"):
        words, tags = zip(*(line.split() for line in block.splitlines()), strict=True)
        made = SCHEMES[name].tags_of(entities_of(tags), len(tags))
        blocks.append("\n".join(f"{word} {tag}" for word, tag in zip(words, made, strict=True)))
    return "\n\n".join(blocks) + "\n"


def test_disagreements_have_their_lines_and_text(compare):
    values = compare().to_json()
    found = [[(one["line"], one["text"], one["kind"]) for one in values[name]] for name in ("a_alone", "b_alone")]
    assert found == [[(6, "Galway", "missed"), (9, "wins", "spurious")], [(8, "Lund", "type")]]
    assert (values["a"], values["b"], values["file"]) == ("a", "b", "gold")
    assert values["both"] == 1


@pytest.mark.parametrize("scheme", ["IOB1", "BIOES", "BILOU", "BMES"])
def test_the_scheme_of_a_tagged_file_changes_nothing(compare, scheme):
    expected = compare().comparison
    assert compare(b=in_scheme(B, scheme)).comparison == expected
    assert compare(gold=in_scheme(GOLD, scheme)).comparison == expected


def test_malformed_entities_of_a_tagged_file_do_not_count(compare):
    stray = GOLD.replace("Lund B-LOC", "Lund I-LOC")
    found = compare(b=stray, scheme="IOB2").comparison
    assert found.types["LOC"].recall.b == 0.5


def test_other_columns_of_the_files_do_not_matter(compare):
    tagged = "".join(f"{line.split()[0]} X {line.split()[1]}\n" if line.strip() else "\n" for line in B.splitlines())
    assert compare(b=tagged).comparison == compare().comparison


@pytest.mark.parametrize(
    ("b", "text"),
    [
        (B.replace("saw", "sees"), "b:5: found 'sees', but gold:5: found 'saw'"),
        (B.replace("Okafor I-PER\n", ""), "b:4: found 'saw', but gold:4: found 'Okafor'"),
        (B.replace("saw O\n", "saw O\n\n"), "b:5: its sentence ended, but gold:6: found 'Galway'"),
        (B.replace("\nLund", "Lund"), "b:7: found 'Lund', but gold:6: its sentence ended"),
        (B.split("\nLund")[0] + "\n", "b ended after 1 sentences, but gold:8: found 'Lund'"),
        (B + "\nmore O\n", "b:11: found 'more', but gold ended after 2 sentences"),
    ],
)
def test_other_tokens_are_told_with_both_lines(compare, b, text):
    with pytest.raises(DataError) as error:
        compare(b=b)
    assert str(error.value).startswith(text)
    assert "\n" not in str(error.value)


def test_gold_without_an_entity_is_an_error(compare):
    with pytest.raises(DataError, match="gold:1: found no entity"):
        compare(gold="Ines O\n", a="Ines O\n", b="Ines O\n")


def test_the_text_shows_the_numbers(compare):
    found = compare()
    text = comparison_text(found, 5)
    rows = {line.split("  ")[0].strip() or line.split()[0]: line.split() for line in text.splitlines() if line.strip()}
    micro = found.comparison.micro
    for name, one in (("micro", micro.f1), ("precision", micro.precision), ("recall", micro.recall)):
        cells = next(line.split() for line in text.splitlines() if line.split()[:1] == [name])
        numbers = [float(cell) for cell in cells if cell not in {"micro", "avg", "to", name}]
        expected = [one.a, one.b, one.a - one.b, one.interval.low, one.interval.high, one.p_value, 3]
        assert numbers == pytest.approx(expected, abs=5e-5)
    assert rows["gold"][-4:] == ["2", "sentences,", "3", "entities"]


def test_the_text_counts_who_is_right_where(compare):
    lines = comparison_text(compare(), 0).splitlines()
    assert [line.split()[-1] for line in lines if line.startswith(("right in both", "right in neither"))] == ["1", "0"]
    assert "right in A alone           1  in B: missed 1" in lines
    assert "right in B alone           1  in A: another type 1" in lines
    assert "made up by A alone         0" in lines
    assert "made up by B alone         1" in lines


def test_examples_are_shown_as_many_as_asked_for(compare):
    text = comparison_text(compare(), 1)
    assert (
        "A is right and B is not: 1 of 2\n  gold:6: gold LOC 'Galway', B nothing\n    Ines Okafor saw [Galway]\n"
        in text
    )
    assert "B is right and A is not: 1 of 1\n  gold:8: gold LOC 'Lund', A PER 'Lund'\n    [Lund] wins\n" in text
    assert "made up" in text
    assert "gold nothing, B LOC 'wins'" in comparison_text(compare(), 2)
    assert "is right and" not in comparison_text(compare(), 0)


def test_long_sentences_are_cut_and_what_cannot_be_printed_is_not(compare):
    words = [f"w{place}" for place in range(30)]
    words[14], words[16] = "x\x1b[31m", "Here"
    gold = "".join(f"{word} {'B-X' if word == 'Here' else 'O'}\n" for word in words)
    text = comparison_text(compare(gold, gold, gold.replace("B-X", "O")), 1)
    assert "    ... w10 w11 w12 w13 x\ufffd[31m w15 [Here] w17 w18 w19 w20 w21 w22 ...\n" in text
