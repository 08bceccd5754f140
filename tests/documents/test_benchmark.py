import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tagger.commands.app import app
from tagger.corpus.document import Document
from tagger.corpus.text import split_text
from tagger.documents import benchmark
from tagger.documents.benchmark import measure
from tagger.errors import DataError

TEXTS = ["Anna Weber lives in Trieste.", "The Harbour Office hired 12 divers. " * 40]
FLOATS = st.floats(1.0, 1e6)


def test_every_figure_is_of_the_text_given(model):
    speed = measure(
        model, [Document(str(place), text) for place, text in enumerate(TEXTS)], seconds=0, characters=10**6
    )
    assert speed.tokens == sum(len(sentence.tokens) for text in TEXTS for sentence in split_text(text))
    assert speed.rounds == 5
    assert 0 < speed.latency_p50 <= speed.latency_p99
    assert 0 < speed.start_seconds < 600
    assert speed.margin > 0
    assert speed.peak_megabytes > 10


def test_no_more_text_is_taken_than_asked_for(model):
    def documents():
        yield Document("1", "Anna " * 10)
        yield Document("2", "Weber " * 10)
        raise AssertionError("never come to")

    assert measure(model, documents(), seconds=0, characters=50 + 12).tokens == 10 + 2


@given(st.lists(FLOATS, min_size=5, max_size=60))
def test_the_margin_is_students(rates):
    """That of scipy, or wider where the table has no entry for so many rounds."""
    mean, margin = benchmark._mean_and_margin(rates)
    freedom = len(rates) - 1
    known = max(entry for entry in benchmark._STUDENT if entry <= freedom)
    expected = stats.t.ppf(0.975, known) * stats.sem(rates)
    assert mean == pytest.approx(np.mean(rates))
    assert margin == pytest.approx(expected, rel=1e-3, abs=1e-6)
    assert margin >= stats.t.ppf(0.975, freedom) * stats.sem(rates) * 0.999


@given(st.lists(FLOATS, min_size=1), st.sampled_from([0.5, 0.99, 1.0]))
def test_quantiles_are_those_of_numpy(values, share):
    assert benchmark._quantile(sorted(values), share) == np.quantile(values, share, method="inverted_cdf")


@pytest.mark.parametrize("texts", [[], ["", " \n"]])
def test_text_without_a_token_is_refused(model, texts):
    with pytest.raises(DataError, match="no token"):
        measure(model, [Document("1", text) for text in texts], seconds=0, characters=100)


def test_the_command_prints_four_lines_or_one_object(model, tmp_path, monkeypatch, capsys):
    (tmp_path / "a.txt").write_text(TEXTS[0])
    (tmp_path / "b.jsonl").write_text(json.dumps({"text": TEXTS[1]}) + "\n")
    command = ["benchmark", str(model), str(tmp_path), "--seconds", "0"]
    app(command, standalone_mode=False)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["speed", "latency", "start", "memory"]
    app([*command, "--json"], standalone_mode=False)
    speed = json.loads(capsys.readouterr().out)
    assert speed["tokens"] == sum(len(sentence.tokens) for text in TEXTS for sentence in split_text(text))
    assert f"{speed['tokens']:,} tokens" in lines[0]
