"""`tagger evaluate`: the scores of a model on a labelled file."""

import json
import math
import re

import pytest
from hard_sentences import SENTENCES
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from tagger.corpus.conll import read_conll
from tagger.corpus.schemes import SCHEMES
from tagger.inference.bundle import Bundle
from tagger.inference.tagger import Tagger

HARD = "-DOCSTART- O\n\n" + SENTENCES


def columns(text):
    """The columns of a file's tokens, sentence by sentence, in the plainest way there is."""
    blocks = [block.splitlines() for block in text.split("\n\n") if block.strip() and "DOCSTART" not in block]
    return [list(zip(*(line.split() for line in block), strict=True)) for block in blocks]


def surfaces(sentences, tag_row=1):
    """The surfaces of IOB2 entities."""
    found = set()
    for rows in sentences:
        for place, tag in enumerate(rows[tag_row]):
            if tag.startswith("B-"):
                end = place + 1
                while end < len(rows[0]) and rows[tag_row][end].startswith("I-"):
                    end += 1
                found.add(" ".join(rows[0][place:end]))
    return found


def scores_of(ran):
    assert (ran.code, ran.err) == (0, "")
    return json.loads(ran.out)


def test_what_was_learned_by_heart_scores_one(run, trained):
    scores = scores_of(run("evaluate", trained.model, trained.train, "--json"))
    entities = sum(tag.startswith("B-") for _, tags in columns(trained.train.read_text()) for tag in tags)
    assert scores["strict"]["micro"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": entities}
    assert scores["default"] == scores["strict"]
    assert scores["unseen"]["micro"]["support"] == 0


def test_json_is_what_seqeval_says_of_the_tags_that_tag_writes(run, trained, write):
    text = HARD + "\n" + trained.train.read_text().replace("-DOCSTART-\tO\n\n", "")
    write("gold.conll", text.replace("\t", " "))
    scores = scores_of(run("evaluate", trained.model, "gold.conll", "--json"))
    sentences = columns(run("tag", trained.model, "gold.conll").out)
    gold, predicted = ([list(rows[place]) for rows in sentences] for place in (1, 2))
    assert gold != predicted
    options = {"mode": "strict", "scheme": IOB2, "zero_division": 0, "output_dict": True}
    expected = classification_report(gold, predicted, **options)
    for name, row in (("micro avg", scores["strict"]["micro"]), *scores["strict"]["types"].items()):
        found = dict(expected[name])
        assert row == {"f1": found.pop("f1-score"), **found}
    train = surfaces(columns(trained.train.read_text()))
    unseen = [surface for surface in surfaces(columns(HARD)) if surface not in train]
    assert scores["unseen"]["micro"]["support"] == len(unseen) > 0


def test_json_is_one_line_with_the_promised_keys(run, trained):
    ran = run("evaluate", trained.model, trained.train, "--json")
    assert ran.out.count("\n") == 1
    assert list(scores_of(ran)) == ["strict", "default", "unseen", "calibration", "intervals"]


def test_calibration_is_that_of_the_confidences_of_what_is_predicted(run, trained, write):
    write("gold.conll", HARD)
    found = scores_of(run("evaluate", trained.model, "gold.conll", "--json"))["calibration"]
    predictions = Tagger.load(trained.model).predict(gold := read_conll("gold.conll"))
    confidences = [confidence for one in predictions for confidence in one.confidences]
    assert found["entities"] == len(confidences) > 0
    assert found["confidence"] == pytest.approx(sum(confidences) / len(confidences))
    bins = {}
    for one, sentence in zip(predictions, gold, strict=True):
        for entity, confidence in zip(one.sentence.entities, one.confidences, strict=True):
            place = math.ceil(10 * confidence)
            bins[place] = bins.get(place, 0.0) + confidence - (entity in sentence.entities)
    assert found["error"] == pytest.approx(sum(map(abs, bins.values())) / len(confidences))
    line = f"expected calibration error {found['error']:.4f}\n"
    assert run("evaluate", trained.model, "gold.conll").out.endswith(line)


def test_a_trained_model_has_the_temperature_that_fits_its_dev_file(trained):
    temperature = Bundle.open(trained.model).manifest.temperature
    assert temperature == Tagger.load(trained.model).fit_temperature(read_conll(trained.train)) != 1.0


def test_the_text_shows_the_numbers_of_the_json(run, trained, write):
    write("gold.conll", HARD)
    scores = scores_of(run("evaluate", trained.model, "gold.conll", "--json"))
    ran = run("evaluate", trained.model, "gold.conll")
    assert (ran.code, ran.err) == (0, "")
    tables = ran.out.split("unseen in train")
    intervals = {"micro": scores["intervals"]["micro"]} | scores["intervals"]["types"]
    rows = {line.split()[0]: line.split()[-1] for line in tables[0].splitlines() if line.strip()}
    for name, interval in intervals.items():
        assert rows[name] == f"{interval['low']:.4f}-{interval['high']:.4f}"
    tables[0] = re.sub(r" +\S+-\S+$", "", tables[0], flags=re.MULTILINE)  # without its last column
    for table, report in zip(tables, (scores["strict"], scores["unseen"]), strict=True):
        rows = {line.split()[0]: line.split()[-4:] for line in table.splitlines() if line.strip()}
        for name, row in (("micro", report["micro"]), *report["types"].items()):
            assert rows[name] == [*(f"{row[key]:.4f}" for key in ("precision", "recall", "f1")), str(row["support"])]


@pytest.mark.parametrize("scheme", ["IOB1", "BIOES", "BILOU", "BMES", "BMEWO"])
def test_the_scheme_of_the_file_changes_no_score(run, trained, write, scheme):
    rows = []
    for sentence in read_conll(trained.train):
        tags = SCHEMES[scheme].tags_of(sentence.entities, len(sentence.tokens))
        rows += [f"{token} {tag}\n" for token, tag in zip(sentence.tokens, tags, strict=True)] + ["\n"]
    write("gold.conll", HARD.partition("\n\n")[0] + "\n\n" + "".join(rows))
    expected = scores_of(run("evaluate", trained.model, trained.train, "--json"))
    assert scores_of(run("evaluate", trained.model, "gold.conll", "--json")) == expected
    assert scores_of(run("evaluate", trained.model, "gold.conll", "--json", "--scheme", scheme)) == expected


def test_a_file_of_o_alone_is_a_clear_answer(run, model, write):
    write("gold.conll", "over O\nthere O\n")
    ran = run("evaluate", model, "gold.conll", "--json")
    assert scores_of(ran)["strict"]["micro"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
    assert run("evaluate", model, "gold.conll").code == 0


@pytest.mark.parametrize(
    ("text", "options"),
    [("Anna B-PER\n\nRome I-X\n", []), ("Anna B-X\nLee I-X\nRome S-PER\n", ["--scheme", "BIOES"])],
)
def test_stray_tags_in_gold_are_no_traceback(run, model, write, text, options):
    write("gold.conll", text)
    assert scores_of(run("evaluate", model, "gold.conll", "--json", *options))["default"]["types"]["X"]["support"] == 1


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_type_names_can_be_shown_on_any_terminal(run, model, write, options):
    write("gold.conll", "Anna B-人名\n")
    assert run("evaluate", model, "gold.conll", *options, encoding="ascii").code == 0


@pytest.mark.parametrize(
    ("content", "options", "text"),
    [
        (None, [], "gold.conll: no such file"),
        ("", [], "gold.conll:1: found no sentence"),
        (" \n\n", [], "gold.conll:1: found no sentence"),
        ("Anna O\nlo\n", [], "gold.conll:2: expected at least 2 columns, found 1: 'lo'"),
        ("Anna O\n", ["--tag-column", "3"], "gold.conll:1: expected a tag in column 3, found 2 columns"),
        ("Anna O\n", ["--tag-column", "0"], "--tag-column: columns count from 1"),
        ("Anna PER\n", [], "gold.conll:1: unknown form of tag 'PER'"),
        ("Anna B-\n", [], "gold.conll:1: unknown form of tag 'B-'"),
        ("Anna B-PER\nLee L-PER\nOslo M-PER\n", [], "which no scheme has together"),
        ("Anna S-PER\n", ["--scheme", "IOB2"], "gold.conll:1: tag 'S-PER' is not of scheme IOB2"),
        (b"Anna O\n\xe9 O\n", [], "gold.conll:2: byte 0xe9 at position 1 is not UTF-8"),
    ],
)
def test_what_is_wrong_with_the_file_is_one_line(refuses, model, write, content, options, text):
    if content is not None:
        write("gold.conll", content)
    refuses(text, "evaluate", model, "gold.conll", *options)


def test_a_model_that_is_not_there_is_said(refuses, write):
    write("gold.conll", HARD)
    refuses("nosuch: no model there", "evaluate", "nosuch", "gold.conll")


def test_without_seqeval_it_says_how_to_install_it(refuses, model, write, monkeypatch):
    write("gold.conll", HARD)
    monkeypatch.setattr("tagger.commands.extras.find_spec", lambda name: None if name == "seqeval" else object())
    refuses("needs seqeval; in the checkout: pip install '.[train]'", "evaluate", model, "gold.conll")
