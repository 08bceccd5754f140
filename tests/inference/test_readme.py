import re
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_the_python_of_the_readme_runs(model, capsys):
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert '"model"' in code
    exec(code.replace('"model"', repr(str(model))), {})
    words = {"Ines", "Okafor", "lives", "in", "Galway", "."}
    for line in capsys.readouterr().out.splitlines():
        type_, *surface = line.split(" ")
        assert type_
        assert surface
        assert words.issuperset(surface)
