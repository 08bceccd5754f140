import numpy as np
import onnx
import pytest
from builders import random_floats
from hypothesis import given
from hypothesis import strategies as st
from small_language_models import write_language_model
from small_models import TRAIN, write_model

from tagger.commands.app import app
from tagger.corpus.conll import write_conll
from tagger.corpus.sentence import Sentence
from tagger.errors import DataError
from tagger.inference.bundle import CARD, MANIFEST, NETWORK, Bundle
from tagger.inference.tagger import Tagger
from tagger.training.quantize import export_int8, quantize

KINDS = {
    "words": {"layers": 1},
    "deep": {"layers": 3, "vector_words": ("Anna", "Paris")},
    "letters": {"layers": 1, "characters": "cnn", "head": "crf"},
    "letter_lstm": {"layers": 2, "characters": "lstm"},
    "context": {"layers": 1, "characters": "cnn", "context": True},
}
SENTENCES = [*TRAIN, Sentence(("Anna",)), Sentence(("in", "Trieste", "?") * 20)]


@pytest.fixture(scope="module", params=KINDS)
def models(request, tmp_path_factory):
    """A model, and what was exported of it."""
    place = tmp_path_factory.mktemp("models")
    options = dict(KINDS[request.param])
    if options.pop("context", False):
        options["character_lm"] = write_language_model(place / "lm", unit="character")
    model = write_model(place / "model", **options)
    export_int8(model, place / "int8")
    return model, place / "int8"


@given(st.integers(0, 99), st.sampled_from([1e-30, 1e-3, 1.0, 1e6]))
def test_a_weight_is_off_by_half_a_step_of_its_row_at_most(seed, size):
    weights = random_floats(seed, 2, 8, 3) * np.float32(size)
    whole, scales = quantize(weights)
    assert whole.dtype == np.int8
    assert whole.shape == (2, 3, 8)
    assert np.abs(whole).max(axis=1).min() == 127  # every row uses the whole range
    read = np.float64(whole) * scales[:, None]
    assert (np.abs(read.transpose(0, 2, 1) - weights) <= scales[..., None] * 0.5001).all()


def test_a_row_of_zeros_stays_zeros():
    whole, scales = quantize(np.zeros((2, 4, 3), np.float32))
    assert not whole.any()
    assert np.isfinite(scales).all()
    assert (scales > 0).all()


def scores_of(path):
    """The network's scores before any decoding."""
    bundle = Bundle.open(path)
    tagger, found = Tagger.from_bundle(bundle), []
    tagger._read(SENTENCES, lambda some, scores, lengths: [found.append(scores)] * len(some), None)
    return found


def test_scores_are_near_those_of_float32_and_not_the_same(models):
    pairs = list(zip(*map(scores_of, models), strict=True))
    largest = max(np.abs(before).max() for before, _ in pairs)
    differences = [np.abs(before - after).max() for before, after in pairs]
    assert 0 < max(differences) < 0.05 * largest


def test_scores_of_a_sentence_are_the_same_alone_as_in_any_batch(models):
    """But for the order in which the last product is added up, in float32."""
    bundle = Bundle.open(models[1])
    tagger = Tagger.from_bundle(bundle)
    louder = [*SENTENCES, Sentence(("Anna", "no\u00a0break", "london", "0000", "<s>") * 30)]

    def scores(sentences):
        found = {}

        def keep(some, scores, lengths):
            for sentence, row, length in zip(some, scores, lengths, strict=True):
                found[sentence.tokens] = row[:length]
            return found

        tagger._read(sentences, keep, None)
        return found

    together = scores(louder)
    for sentence in louder:
        (alone,) = scores([sentence]).values()
        np.testing.assert_allclose(together[sentence.tokens], alone, rtol=0, atol=2e-5)


def test_only_the_lstms_differ_and_the_new_model_is_whole(models):
    graphs = [onnx.load(model / NETWORK, load_external_data=False).graph for model in models]
    before, after = ([node.op_type for node in graph.node] for graph in graphs)
    put_before = ["Shape", "Concat", "Expand", "Concat"]
    assert after == [
        new for kind in before for new in ([*put_before, "DynamicQuantizeLSTM"] if kind == "LSTM" else [kind])
    ]
    manifests = [Bundle.open(model).manifest for model in models]
    assert [manifest.precision for manifest in manifests] == ["float32", "int8"]
    same = {part.name for part in models[0].iterdir()} - {NETWORK, MANIFEST, CARD}
    for name in same:
        assert (models[0] / name).read_bytes() == (models[1] / name).read_bytes()
    assert {part.name for part in models[1].iterdir()} == {part.name for part in models[0].iterdir()}
    assert "int8" in (models[1] / CARD).read_text()


def test_the_same_model_gives_the_same_bytes(models, tmp_path):
    export_int8(models[0], tmp_path / "again")
    for part in models[1].iterdir():
        assert (tmp_path / "again" / part.name).read_bytes() == part.read_bytes()


def test_what_is_no_place_for_a_model_is_refused_and_left_alone(models, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "notes.txt").write_text("mine")
    with pytest.raises(DataError, match="not only a model stands there"):
        export_int8(models[0], tmp_path / "own")
    assert (tmp_path / "own" / "notes.txt").read_text() == "mine"


def test_the_command_exports_and_compares(models, tmp_path, capsys):
    write_conll(tmp_path / "test.conll", TRAIN)
    command = ["export", str(models[0]), "--int8", "--output", str(tmp_path / "int8")]
    app([*command, "--test", str(tmp_path / "test.conll")], standalone_mode=False)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["F1", "speed", "batch"]
    app(["show", str(tmp_path / "int8")], standalone_mode=False)
    assert "int8" in capsys.readouterr().out
