import re
from pathlib import Path

import pytest
from builders import small_config

from tagger import Tagger
from tagger.inference.bundle import Manifest
from tagger.training.card import model_card
from tagger.training.card_facts import CardFacts, SizeFacts, TextFacts
from tagger.training.request import TrainRequest


def score(precision, recall, f1, support):
    return {"precision": precision, "recall": recall, "f1": f1, "support": support}


def report(**types):
    return {"micro": score(0.5, 0.25, 1 / 3, 80), "types": types}


def facts(types=("LOC", "PER"), *, longest=113, scripts=None, capitalised=0.97, letters=None):
    text = TextFacts(longest, dict.fromkeys(types, 1234), {"Latin": 1.0} if scripts is None else scripts, capitalised)
    return CardFacts(text, SizeFacts(88_123_456, 20_345_678, 20_000_000, 566_800, letters))


def card(types=("LOC", "PER"), train="news.conll", dev="held.conll", *, shown=None, options=None, **changes):
    strict = report(**dict.fromkeys(types, score(0.75, 0.6, 2 / 3, 50)))
    intervals = {"micro": {"low": 0.25, "high": 0.375}, "types": {key: {"low": 0.5, "high": 0.8125} for key in types}}
    data = {
        "train": {"sentences": 12345, "tokens": 234567, "entities": dict.fromkeys(types, 1500)},
        "dev": {"sentences": 99, "tokens": 1000, "entities": dict.fromkeys(types, 50), "held_out_of_train": not dev},
    }
    scores = {
        "strict": strict,
        "default": report(),
        "unseen": {"micro": score(0.1, 0.2, 0.123456, 17), "types": {"PER": score(0.1, 0.2, 0.1, 10)}},
        "calibration": {"error": 0.0123, "confidence": 0.9512, "entities": 4321},
        "intervals": intervals,
    }
    manifest = Manifest(
        tagger_version="9.8.7",
        config=small_config(seed=41),
        scheme="BIOES",
        train_rows=10,
        singleton_rows=7,
        temperature=1.25,
        data=data | changes.get("data", {}),
        scores=scores | changes.get("scores", {}),
        history=[{}] * 12,
    )
    paths = Path("some/where") / train, Path("a/model"), dev and Path("else") / dev
    request = TrainRequest(*paths, **(options or {}))
    return model_card(manifest, request, shown or facts(types), best_epoch=7)


def row(*cells):
    return "| " + " | ".join(cells) + " |"


def section(text, name):
    return text.split(f"## {name}\n")[1].split("\n## ")[0]


def test_the_card_says_what_the_model_was_made_of_and_how_good_it_is():
    lines = card().splitlines()
    assert row("train", "12,345", "234,567", "19.0", "3,000") in lines
    assert row("dev", "99", "1,000", "10.1", "100") in lines
    assert row("PER", "0.7500", "0.6000", "0.6667", "0.5000 to 0.8125", "50") in lines
    assert row("**all**", "0.5000", "0.2500", "0.3333", "0.2500 to 0.3750", "80") in lines
    text = " ".join(lines)
    for phrase in ("`LOC`, `PER`", "`tagger` 9.8.7", "`news.conll`", "scheme BIOES", "`held.conll`", "Seed 41"):
        assert phrase in text
    assert "after epoch 7 of 12" in text
    assert "F1 0.1235, support 17, which is 21 % of all" in text


def test_types_have_their_counts_and_the_share_that_train_did_not_have():
    """Of 50 gold entities of a type on dev 10 are unseen, and none of a type that has no unseen scores."""
    lines = card().splitlines()
    assert row("PER", "1,500", "1,234", "50", "20 %") in lines
    assert row("LOC", "1,500", "1,234", "50", "0 %") in lines


def test_confidences_and_sizes_are_told():
    text = card()
    for number in ("0.9512", "4,321 predicted", "0.0123", "1.2500"):
        assert number in section(text, "Confidence")
    for number in ("88.1 MB", "20,345,678 parameters", "20,000,000", "566,800 weights"):
        assert number in section(text, "Size and speed")
    assert "each letter" not in text
    assert "each letter of a distinct word with 4,800" in card(shown=facts(letters=4_800))


def test_a_dev_on_which_nothing_was_predicted_is_said():
    nothing = {"calibration": {"error": 0.0, "confidence": 0.0, "entities": 0}}
    assert "no entity was predicted" in section(card(scores=nothing), "Confidence")


def test_types_with_too_few_examples_are_named_where_they_are_too_few():
    few = {"train": {"sentences": 9, "tokens": 90, "entities": {"LOC": 100, "ORG": 99, "PER": 700}}}
    dev = {"dev": {"sentences": 9, "tokens": 90, "entities": {"LOC": 30, "ORG": 70, "PER": 29, "EVENT": 31}}}
    lines = section(card(types=("LOC", "ORG", "PER"), data=few | dev), "Limits").splitlines()
    assert next(line for line in lines if "train, which" in line).endswith(": `ORG` (99).")
    assert next(line for line in lines if "in dev" in line).endswith(": `PER` (29).")
    assert next(line for line in lines if "train does not have" in line).endswith(": `EVENT` (31).")
    assert "fewer than" not in section(card(), "Limits")


def test_limits_of_script_case_and_length_are_told():
    limits = section(card(shown=facts(scripts={"Greek": 0.75, "Latin": 0.25})), "Limits")
    assert "Greek 75.0 %, Latin 25.0 %" in limits
    assert "113 tokens" in limits
    assert "97 % of entities begin with a capital letter" in limits
    assert "capital" not in section(card(shown=facts(capitalised=0.89)), "Limits")


def test_the_command_has_files_by_name_and_the_options_that_are_not_the_default():
    options = {"config": small_config(units=77, variational=False), "vectors": Path("far/away/my vectors.txt")}
    command = section(card(options=options), "How it was trained").strip().splitlines()[0].strip()
    assert command.startswith("tagger train news.conll --dev held.conll --vectors 'my vectors.txt' --output MODEL ")
    words = command.split()
    assert words[words.index("--units") + 1] == "77"
    assert "--no-variational" in words
    assert {"--layers", "--lowercase", "--patience", "--tag-column"} & set(words) == set()
    assert "--unlabelled b.txt" in card(options={"unlabelled": (Path("x/b.txt"),)})


def test_the_card_tells_no_directory_of_the_one_who_trained():
    options = {"vectors": Path("far/away/v.txt"), "character_lm": Path("secret/letters")}
    for hidden in ("some/where", "else", "far", "secret", "a/model"):
        assert hidden not in card(options=options)


def test_a_name_that_is_not_unicode_can_be_written():
    card(train="news\udcff.conll", options={"vectors": Path("v\udcff.txt")}).encode()


def test_a_held_out_tenth_is_called_one():
    assert "a tenth of its sentences, held out" in card(dev=None)
    assert "held out" not in card()


def test_a_dev_without_an_entity_has_a_card_too():
    assert "**all**" in card(types=())


def test_scores_without_intervals_have_a_card_too():
    assert row("PER", "0.7500", "0.6000", "0.6667", "-", "50") in card(scores={"intervals": None}).splitlines()


def tables(text):
    """The cells of each row of each table, by GitHub's rules: a pipe behind a backslash parts nothing."""
    blocks = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    return [[re.split(r"(?<!\\)\|", line)[1:-1] for line in block.splitlines()] for block in blocks]


def assert_whole(text):
    assert len(tables(text)) == 3
    for table in tables(text):
        assert len({len(cells) for cells in table}) == 1


@pytest.mark.parametrize("type_", ["creative-work", "{0}", "%s", "Ä"])
def test_any_type_has_its_row(type_):
    assert_whole(card(types=("LOC", type_)))
    for table in tables(card(types=("LOC", type_)))[1:]:
        assert type_ in [cells[0].strip() for cells in table]


def test_a_pipe_in_a_type_does_not_break_the_table():
    assert_whole(card(types=("LOC", "A|B")))


def test_the_python_on_a_models_card_runs(by_heart):
    model = by_heart[-1].output
    lines = (model / "README.md").read_text().splitlines()
    start = lines.index("    from tagger import Tagger")
    code = "\n".join(line[4:] for line in lines[start : start + 2]).replace('"MODEL"', repr(str(model)))
    found = []
    exec(code.replace("Tagger.load", "found += Tagger.load"), {"found": found})
    assert found == Tagger.load(model).tag([["Anna", "lives", "in", "Trieste", "."]])
    assert found[0].tags == ("B-PER", "O", "O", "B-LOC", "O")


def raw(*names, is_whole=True):
    return {"files": list(names), "is_whole": is_whole, "tokens": 1_234_567, "sentences": 9, "entities": {}}


def test_the_card_names_unlabelled_text_and_its_words():
    text = card(data={"unlabelled": raw("a.txt", "b.txt")})
    assert "unlabelled text: `a.txt`, `b.txt`, 1,234,567 words." in section(text, "Data")
    assert "the training text, unlabelled text included, stand" in text
    assert "more than 1,234,567 words." in card(data={"unlabelled": raw("a.txt", is_whole=False)})


def test_of_many_files_the_card_names_ten():
    text = card(data={"unlabelled": raw(*(f"{number}.txt" for number in range(1_234)))})
    assert "`9.txt` and 1,224 other files," in text
    assert "`10.txt`" not in text


def test_without_unlabelled_text_the_card_does_not_speak_of_it():
    assert "unlabelled" not in card()
    assert "20 % |\n\n## Scores" in card()
