import shutil

import numpy as np
import onnx
import onnxruntime
import pytest
from safetensors.numpy import load_file, save_file
from small_language_models import CLASSES, write_language_model

from tagger.errors import TaggerError
from tagger.language_models.bundle import LanguageBundle
from tagger.training.export_language_model import export_language_model

MODELS = [{}, {"layers": 2}, {"characters": "cnn"}, {"unit": "character"}]


@pytest.fixture
def weights(tmp_path):
    return LanguageBundle.open(write_language_model(tmp_path / "model", layers=2)).weights()


def ask(path, ids, targets):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    feeds = {"ids": ids, "lengths": np.full(ids.shape[1], len(ids), np.int32), "targets": targets}
    feeds |= {"places": np.arange(ids.size, dtype=np.int32)}
    for item in session.get_inputs():
        if item.name.startswith(("state_", "cell_")):
            feeds[item.name] = np.zeros((1, ids.shape[1], item.shape[2]), np.float32)
    return dict(zip((item.name for item in session.get_outputs()), session.run(None, feeds), strict=True))


@pytest.mark.parametrize("options", MODELS)
def test_the_graphs_are_valid_and_say_their_shapes(tmp_path, options):
    model = write_language_model(tmp_path / "model", **options)
    for name in ("forward.onnx", "backward.onnx"):
        onnx.checker.check_model(str(model / name), full_check=True)
    graph = onnx.load(str(model / "forward.onnx"), load_external_data=False).graph
    shapes = {value.name: [size.dim_param or size.dim_value for size in value.type.tensor_type.shape.dim]
              for value in (*graph.input, *graph.output)}  # fmt: skip
    classes = 10 + 4 if options.get("unit") == "character" else CLASSES
    expected = {"ids": ["T", "B"], "lengths": ["B"], "places": ["N"], "targets": ["N"], "states": ["T", "B", "H"]}
    expected |= {"log_probabilities": ["N", classes], "target_log_probabilities": ["N"]}
    for layer in range(options.get("layers", 1)):
        for part in (f"state_{layer}", f"cell_{layer}"):
            expected |= {part: [1, "B", (5, 7)[layer]], f"{part}_after": [1, "B", (5, 7)[layer]]}
    if "characters" in options:
        expected |= {"word_features": ["W", "F"], "type_ids": ["T", "B"]}
    assert shapes == expected
    assert (model / "spelling.onnx").exists() == ("characters" in options)


def test_the_embedding_is_on_disk_once_and_read_from_there(tmp_path, weights):
    model = tmp_path / "model"
    graph = onnx.load(str(model / "forward.onnx"), load_external_data=False).graph
    assert [tensor.name for tensor in graph.initializer if tensor.external_data] == ["embedding"]
    ids, targets = np.array([[4], [9], [6]], np.int32), np.array([3, 0, 5], np.int32)
    before = ask(model / "forward.onnx", ids, targets)
    save_file(weights | {"embedding": weights["embedding"][::-1].copy()}, model / "weights.safetensors")
    (tmp_path / "other").mkdir()
    export_language_model(weights | {"embedding": weights["embedding"][::-1].copy()}, tmp_path / "other", CLASSES)
    after, other = (ask(path / "forward.onnx", ids, targets) for path in (model, tmp_path / "other"))
    for name, value in after.items():
        np.testing.assert_array_equal(value, other[name])
        assert not np.allclose(value, before[name])


def test_a_softmax_of_fewer_classes_has_the_first_rows(tmp_path, weights):
    few = {name: weight[:6] if name.endswith("model.forward.bias") else weight for name, weight in weights.items()}
    (tmp_path / "few").mkdir()
    export_language_model({name: weight for name, weight in few.items() if "backward" not in name}, tmp_path / "few", 6)
    ids = np.array([[4, 1], [9, 2]], np.int32)
    found = ask(tmp_path / "few" / "forward.onnx", ids, np.array([1, 5, 0, 2], np.int32))
    whole = ask(tmp_path / "model" / "forward.onnx", ids, np.zeros(4, np.int32))
    first = np.exp(whole["log_probabilities"][:, :6])
    np.testing.assert_allclose(found["log_probabilities"], np.log(first / first.sum(axis=1, keepdims=True)), atol=1e-5)
    rows = np.arange(4), [1, 5, 0, 2]
    np.testing.assert_array_equal(found["target_log_probabilities"], found["log_probabilities"][rows])
    assert sorted(path.name for path in (tmp_path / "few").iterdir()) == ["forward.onnx", "weights.safetensors"]


def test_the_weights_file_holds_every_weight_bit_for_bit(tmp_path, weights):
    saved = load_file(tmp_path / "model" / "weights.safetensors")
    assert saved.keys() == weights.keys()
    for name, weight in weights.items():
        assert saved[name].dtype == np.float32
        np.testing.assert_array_equal(saved[name], weight)


def test_the_same_weights_are_the_same_bytes(tmp_path):
    one, other = (write_language_model(tmp_path / name, layers=2, characters="cnn") for name in ("one", "other"))
    for path in one.iterdir():
        assert path.read_bytes() == (other / path.name).read_bytes()


def test_weights_that_are_no_numbers_are_not_written(tmp_path, weights):
    shutil.rmtree(tmp_path / "model")
    (tmp_path / "model").mkdir()
    weights["encoder.1.backward.bias"][3] = np.nan
    with pytest.raises(TaggerError, match=r"encoder\.1\.backward\.bias\) are no longer finite"):
        export_language_model(weights, tmp_path / "model", CLASSES)
    assert list((tmp_path / "model").iterdir()) == []
