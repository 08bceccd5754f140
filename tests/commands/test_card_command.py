"""The command on a model's card."""

import shlex
import shutil

import pytest


@pytest.mark.slow
def test_the_command_on_a_card_makes_the_same_model(run, trained, tmp_path):
    card = (trained.model / "README.md").read_text()
    command = card.split("## How it was trained\n\n    ")[1].split("\n")[0]
    shutil.copy(trained.train, tmp_path)
    program, *arguments = shlex.split(command.replace("MODEL", "model"))
    assert program == "tagger"
    assert run(*arguments).code == 0
    for name in ("README.md", "weights.safetensors", "network.onnx"):
        assert (tmp_path / "model" / name).read_bytes() == (trained.model / name).read_bytes(), name
