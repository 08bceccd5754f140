import re
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
TEXT = "Ines Okafor lives in Galway. She likes it."
TEXT_BLOCK, TOKENS_BLOCK = 0, 1


def run_block(number, model, capsys):
    """What a block of Python prints, line by line, with the model for its own."""
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(blocks) == 2
    assert '"model"' in blocks[number]
    exec(blocks[number].replace('"model"', repr(str(model))), {})
    return capsys.readouterr().out.splitlines()


def test_the_python_for_texts_runs(model, capsys):
    lines = run_block(TEXT_BLOCK, model, capsys)
    assert lines
    for line in lines:
        start, end, type_, *surface, confidence = line.split(" ")
        assert type_
        assert " ".join(surface) == TEXT[int(start) : int(end)]
        assert 0.0 <= float(confidence) <= 1.0


def test_the_python_for_tokens_runs(model, capsys):
    for line in run_block(TOKENS_BLOCK, model, capsys):
        type_, *surface = line.split(" ")
        assert type_
        assert surface
        assert set(surface) <= {"Ines", "Okafor", "lives", "in", "Galway", "."}
