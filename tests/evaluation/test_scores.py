"""Scores against seqeval itself, called on the same tags, and against counts made by hand."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from seqeval.metrics import classification_report
from seqeval.scheme import BILOU, IOB1, IOB2, IOBES, Entities

from tagger.corpus.schemes import SCHEMES
from tagger.corpus.sentence import Sentence
from tagger.evaluation.intervals import f1_intervals
from tagger.evaluation.scores import Report, Score, Scores, score, score_predictions, score_strict, strict_counts
from tagger.inference.prediction import Prediction

SEQEVAL = {"IOB1": IOB1, "IOB2": IOB2, "BIOES": IOBES, "BILOU": BILOU}
LETTERS = {"IOB1": "BI", "IOB2": "BI", "BIOES": "BIES", "BILOU": "BILU", "BMES": "BMES", "BMEWO": "BMEW"}
IN_LETTERS_OF = {"BILOU": "BILU", "BMES": "BMES", "BMEWO": "BMEW"}  # for B, I, E and S of BIOES
NOTHING = Score(0.0, 0.0, 0.0, 0)
TYPES = ("PER", "LOC", "creative-work")


def sentences(*tags):
    """Sentences with these tags, whose words are all different."""
    rows = [text.split() for text in tags]
    return [Sentence(tuple(f"w{row}.{place}" for place in range(len(r))), tuple(r)) for row, r in enumerate(rows)]


def compare(gold, predicted, scheme="IOB2", seen=()):
    return score(sentences(*gold), sentences(*predicted), SCHEMES[scheme], seen)


def by_seqeval(gold, predicted, **options):
    """Seqeval's public report, as ours; it knows no file without entities."""
    rows = classification_report(gold, predicted, output_dict=True, zero_division=0, **options)
    made = {
        name: Score(*(float(row[key]) for key in ("precision", "recall", "f1-score")), int(row["support"]))
        for name, row in rows.items()
    }
    return Report(made["micro avg"], {name: made[name] for name in sorted(made) if not name.endswith(" avg")})


def tag_lists(letters):
    """Gold and predicted tags of a few sentences, the same number of tokens in each, in any order of letters."""
    tag = st.just("O") | st.builds("{}-{}".format, st.sampled_from(letters), st.sampled_from(TYPES))
    pair = st.lists(st.tuples(tag, tag), min_size=1, max_size=8)
    return st.lists(pair, min_size=1, max_size=4)


def as_sentences(rows):
    return [Sentence(("word",) * len(tags), tuple(tags)) for tags in rows]


def well_formed(scheme, seed):
    """Tags of ten sentences in a scheme, laid down entity by entity."""
    draw = random.Random(seed)
    begin, inside, *rest = LETTERS[scheme]
    end, single = rest or (inside, begin)
    rows = []
    for _ in range(10):
        tags, before = [], None
        for _ in range(draw.randint(1, 4)):
            type_, width = draw.choice((None, *TYPES)), draw.randint(1, 4)
            letters = [single] if width == 1 else [begin, *[inside] * (width - 2), end]
            if scheme == "IOB1" and before != type_:
                letters[0] = "I"
            tags += [f"{letter}-{type_}" if type_ else "O" for letter in letters]
            before = type_
        rows.append((tags + ["O"] * 16)[:16])
    return rows


@pytest.mark.parametrize("scheme", SEQEVAL)
@pytest.mark.parametrize("seed", range(5))
def test_scores_of_well_formed_tags_are_those_of_seqeval(scheme, seed):
    gold, predicted = well_formed(scheme, seed), well_formed(scheme, seed + 100)
    predicted = [g if place % 2 else p for place, (g, p) in enumerate(zip(gold, predicted, strict=True))]
    scores = score(as_sentences(gold), as_sentences(predicted), SCHEMES[scheme], ())
    strict = by_seqeval(gold, predicted, mode="strict", scheme=SEQEVAL[scheme])
    assert 0 < strict.micro.f1 < 1
    assert scores.strict == strict
    if scheme != "BILOU":  # seqeval's default mode takes L and U for letters it does not know
        assert scores.default == by_seqeval(gold, predicted)


@pytest.mark.parametrize("scheme", SEQEVAL)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_strict_scores_of_any_tags_are_those_of_seqeval(scheme, data):
    pairs = data.draw(tag_lists(LETTERS[scheme]))
    gold, predicted = ([[pair[side] for pair in row] for row in pairs] for side in (0, 1))
    found = score_strict(as_sentences(gold), as_sentences(predicted), SCHEMES[scheme])
    expected = Report(NOTHING, {})
    if any(Entities(rows, SEQEVAL[scheme]).unique_tags for rows in (gold, predicted)):
        expected = by_seqeval(gold, predicted, mode="strict", scheme=SEQEVAL[scheme])
    assert found.micro == expected.micro
    assert {
        name: row for name, row in found.types.items() if row != NOTHING or name in expected.types
    } == expected.types


@pytest.mark.parametrize("scheme", ["IOB1", "IOB2", "BIOES"])
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_default_scores_of_any_tags_are_those_of_seqeval(scheme, data):
    pairs = data.draw(tag_lists(LETTERS[scheme]))
    gold, predicted = ([[pair[side] for pair in row] for row in pairs] for side in (0, 1))
    found = score(as_sentences(gold), as_sentences(predicted), SCHEMES[scheme], ()).default
    if all(tag == "O" for row in (*gold, *predicted) for tag in row):
        assert found == Report(NOTHING, {})
    else:
        assert found == by_seqeval(gold, predicted)


@pytest.mark.parametrize("scheme", IN_LETTERS_OF)
@pytest.mark.parametrize("seed", range(5))
def test_other_letters_of_bioes_give_the_scores_of_bioes(scheme, seed):
    def translate(rows):
        letters = dict(zip("BIES", IN_LETTERS_OF[scheme], strict=True))
        return as_sentences([[letters.get(tag[0], tag[0]) + tag[1:] for tag in row] for row in rows])

    gold, predicted = well_formed("BIOES", seed), well_formed("BIOES", seed + 1)
    expected = score(as_sentences(gold), as_sentences(predicted), SCHEMES["BIOES"], ())
    assert score(translate(gold), translate(predicted), SCHEMES[scheme], ()) == expected


def test_counts_by_hand():
    gold = ["B-PER I-PER O B-LOC", "B-PER O B-LOC I-LOC", "O B-ORG"]
    predicted = ["B-PER I-PER O B-LOC", "B-PER I-PER B-LOC O", "B-PER B-ORG"]
    strict = compare(gold, predicted).strict
    assert strict.types == {  # right, answered, in gold: LOC 1 2 2, ORG 1 1 1, PER 1 3 2
        "LOC": Score(1 / 2, 1 / 2, 1 / 2, 2),
        "ORG": Score(1.0, 1.0, 1.0, 1),
        "PER": Score(approx(1 / 3), 1 / 2, approx(2 / 5), 2),
    }
    assert strict.micro == Score(3 / 6, approx(3 / 5), approx(6 / 11), 5)


def test_the_same_span_in_another_sentence_is_another_entity():
    strict = compare(["B-PER O", "O O"], ["O O", "B-PER O"]).strict
    assert (strict.micro.f1, strict.micro.support) == (0.0, 1)


@pytest.mark.parametrize(
    ("scheme", "gold", "stray"),
    [
        ("IOB2", "O B-PER I-PER B-PER", "O I-PER I-PER B-PER"),
        ("BIOES", "O B-PER E-PER S-PER", "O I-PER E-PER S-PER"),
        ("BILOU", "O B-PER L-PER U-PER", "O I-PER L-PER U-PER"),
    ],
)
def test_default_forgives_a_stray_inside_tag_and_strict_does_not(scheme, gold, stray):
    scores = compare([gold], [stray], scheme)
    assert scores.default.micro == Score(1.0, 1.0, 1.0, 2)
    assert scores.strict.micro == Score(1.0, 0.5, approx(2 / 3), 2)


def test_a_bare_inside_tag_is_how_iob1_starts_an_entity():
    tags = "I-PER I-PER B-PER O I-LOC"
    assert compare([tags], [tags], "IOB1").strict.micro == Score(1.0, 1.0, 1.0, 3)


@pytest.mark.parametrize("scheme", ["IOB2", "BIOES", "BILOU"])
def test_a_type_of_stray_tags_only_is_no_entity_for_strict_and_one_for_default(scheme):
    scores = compare(["B-PER O I-LOC" if scheme == "IOB2" else "O O I-LOC"], ["O O O"], scheme)
    assert scores.strict.types.get("LOC", NOTHING) == NOTHING
    assert scores.default.types["LOC"] == Score(0.0, 0.0, 0.0, 1)


def test_scores_stand_with_their_types_even_where_a_type_begins_with_a_hyphen():
    scores = compare(["B--X O B-A"], ["O O B-A"])
    assert scores.strict.types == {"-X": Score(0.0, 0.0, 0.0, 1), "A": Score(1.0, 1.0, 1.0, 1)}
    assert scores.default == scores.strict


def test_hyphens_inside_a_type_are_part_of_its_name():
    scores = compare(["B-creative-work I-creative-work B-creative"], ["B-creative-work I-creative-work B-work"])
    expected = {"creative": (0.0, 1), "creative-work": (1.0, 1), "work": (0.0, 0)}
    assert {name: (row.f1, row.support) for name, row in scores.strict.types.items()} == expected
    assert scores.default == scores.strict


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("gold", "predicted", "micro", "types"),
    [
        ("O O", "O O", NOTHING, {}),
        ("O O", "B-PER O", NOTHING, {"PER": NOTHING}),
        ("B-PER O", "O O", Score(0.0, 0.0, 0.0, 1), {"PER": Score(0.0, 0.0, 0.0, 1)}),
        ("B-PER O", "B-LOC O", Score(0.0, 0.0, 0.0, 1), {"LOC": NOTHING, "PER": Score(0.0, 0.0, 0.0, 1)}),
    ],
)
def test_where_there_is_nothing_to_divide_by_the_score_is_nought(gold, predicted, micro, types):
    scores = compare([gold], [predicted])
    assert scores.strict == scores.default == scores.unseen == Report(micro, types)


def test_no_sentence_at_all_is_no_error():
    assert score([], [], SCHEMES["IOB2"], ()).strict == Report(NOTHING, {})


def test_types_stand_in_alphabetical_order():
    assert list(compare(["B-b B-a B-C"], ["O O B-B"]).strict.types) == ["B", "C", "a", "b"]


def labelled(*pairs):
    words, tags = zip(*(pair.split("/") for pair in pairs), strict=True)
    return Sentence(words, tags)


def test_unseen_scores_by_hand():
    gold = [labelled("Anna/B-PER", "Lee/I-PER", "saw/O", "Rome/B-LOC", "and/O", "Oslo/B-LOC", "with/O", "lee/B-PER")]
    answer = [labelled("Anna/B-PER", "Lee/I-PER", "saw/B-LOC", "Rome/B-LOC", "and/O", "Oslo/B-ORG", "with/O", "lee/O")]
    unseen = score(gold, answer, SCHEMES["IOB2"], {"Rome", "Lee"}).unseen
    # In gold: Anna Lee, Oslo, lee. Answered: Anna Lee, saw, Oslo as ORG. Right: Anna Lee.
    assert unseen.micro == Score(*(approx(1 / 3),) * 3, 3)
    assert unseen.types == {
        "LOC": Score(0.0, 0.0, 0.0, 1),
        "ORG": NOTHING,
        "PER": Score(1.0, 0.5, approx(2 / 3), 2),
    }


def test_nothing_is_unseen_where_train_had_every_surface():
    gold = [labelled("New/B-LOC", "York/I-LOC", "wins/O")]
    scores = score(gold, gold, SCHEMES["IOB2"], {"New York"})
    assert scores.unseen == Report(NOTHING, {})
    assert scores.strict.micro.f1 == 1.0


def test_all_is_unseen_where_train_had_no_surface():
    gold, predicted = ["B-PER I-PER O B-LOC"], ["B-PER O O B-LOC"]
    scores = compare(gold, predicted)
    assert scores.unseen == scores.strict


def test_json_has_the_promised_shape():
    values = json.loads(json.dumps(compare(["B-PER O"], ["B-PER B-LOC"]).to_json()))
    row = {"precision", "recall", "f1", "support"}
    assert list(values) == ["strict", "default", "unseen", "calibration", "intervals"]
    assert (values.pop("calibration"), values.pop("intervals")) == (None, None)
    for report in values.values():
        assert set(report) == {"micro", "types"}
        assert set(report["types"]) == {"LOC", "PER"}
        assert all(set(scores) == row for scores in (report["micro"], *report["types"].values()))
    assert values["strict"]["micro"] == {"precision": 0.5, "recall": 1.0, "f1": approx(2 / 3), "support": 1}


def test_scores_come_back_from_json_as_they_were():
    gold = sentences("B-PER O", "B-LOC O", "O B-PER")
    found = [Prediction(one, (0.75,) * len(one.entities)) for one in sentences("B-PER O", "O B-LOC", "O B-PER")]
    scores = score_predictions(gold, found, SCHEMES["IOB2"], ())
    assert scores.intervals == f1_intervals(strict_counts(gold, [one.sentence for one in found], SCHEMES["IOB2"]))
    assert set(scores.intervals.types) == {"LOC", "PER"}
    values = json.loads(json.dumps(scores.to_json()))
    assert Scores.from_json(values) == scores
    del values["calibration"], values["intervals"]  # as models of earlier versions are
    assert Scores.from_json(values) == score(gold, [one.sentence for one in found], SCHEMES["IOB2"], ())


def test_unseen_entities_are_strict_ones():
    gold, predicted = sentences("O I-PER O B-PER"), sentences("O B-PER O B-PER")
    scores = score(gold, predicted, SCHEMES["IOB2"], ())
    assert scores.unseen == scores.strict
    assert (scores.strict.micro.support, scores.default.micro.support) == (1, 2)
