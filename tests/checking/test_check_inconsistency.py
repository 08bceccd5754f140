import pytest
from planted import read

from tagger.checking.inconsistency import inconsistencies


def sentences(*rows):
    """Each row: a text of `word/TYPE` and words, repeated some times; types may be given with their letter."""
    lines = []
    for text, times in rows:
        for _ in range(times):
            for item in text.split():
                word, _, tag = item.partition("/")
                lines.append(f"{word} {tag if '-' in tag else f'B-{tag}' if tag else 'O'}")
            lines.append("")
    return "\n".join(lines) + "\n"


def found(tmp_path, *rows):
    return [
        (finding.line, finding.message.split(" and ")[0])
        for finding in inconsistencies([read(tmp_path, sentences(*rows))])
    ]


def test_the_least_probable_come_first(tmp_path):
    """One more of 21 and one more of 6, by hand: (1 - 1 + 1/4) / 21 and / 6."""
    rows = [("Leeds/LOC", 5), ("Leeds/ORG", 1), ("Bath/LOC", 20), ("Bath/PER", 1)]
    assert found(tmp_path, *rows) == [(53, "'Bath' is PER here"), (11, "'Leeds' is ORG here")]


@pytest.mark.parametrize(
    ("many", "few", "count"), [(1, 1, 1), (3, 1, 1), (3, 2, 0), (50, 50, 0), (12, 2, 2), (6, 2, 0)]
)
def test_what_is_as_often_the_one_as_the_other_is_no_slip(tmp_path, many, few, count):
    """Two of 14 are 1.25 / 14 < 0.15, two of 8 are 1.25 / 8 > 0.15."""
    assert len(found(tmp_path, ("Bath/LOC", many), ("Bath/PER", few))) == count


def test_a_word_that_is_mostly_no_entity_is_no_slip_but_a_name_of_two_is(tmp_path):
    assert found(tmp_path, ("May/PER", 2), ("May", 30)) == []
    assert found(tmp_path, ("May/PER Day/I-PER", 1), ("May Day", 30)) == [(1, "'May Day' is PER here")]


def test_a_word_that_is_mostly_no_entity_still_has_a_usual_type(tmp_path):
    assert found(tmp_path, ("May/PER", 9), ("May/ORG", 1), ("May", 30)) == [(19, "'May' is ORG here")]


def test_a_name_inside_a_longer_one_says_nothing_and_one_cut_in_two_does(tmp_path):
    whole = ("New/LOC York/I-LOC", 9)
    assert found(tmp_path, whole, ("the/ORG New/I-ORG York/I-ORG Times/I-ORG", 1)) == []
    assert found(tmp_path, whole, ("New/LOC York", 1)) == [(28, "'New York' is tagged in part or in pieces here")]
    assert found(tmp_path, whole, ("New/LOC York/LOC", 1)) == [(28, "'New York' is tagged in part or in pieces here")]


def test_it_says_what_is_usual_and_where(tmp_path):
    file = read(tmp_path, sentences(("Bath/LOC", 4), ("Bath/PER", 1)))
    (finding,) = inconsistencies([file])
    assert finding.message == f"'Bath' is PER here and LOC 4 of 5 times, as at {file.path}:1; see which is right"
