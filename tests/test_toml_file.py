"""TOML files that a person wrote: what is read, and the line of what is wrong. Also helpers for tests of such files."""

import pytest

from tagger.errors import DataError
from tagger.toml_file import read_toml


def written(path, content):
    """The path of a file that now has this content, text or bytes."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(read, path, content):
    """What a reader says of a file of this content, after its path."""
    with pytest.raises(DataError) as caught:
        read(written(path, content))
    before, _path, said = str(caught.value).partition(f"{path}:")
    assert (before, said.count("\n")) == ("", 0)
    return said


@pytest.mark.parametrize(
    ("content", "values"),
    [
        ("", {}),
        ("\n# units = 3\n", {}),
        ("units = 3", {"units": 3}),
        ("units = 3\r\nlayers = 2\r\n", {"units": 3, "layers": 2}),
        (b"\xef\xbb\xbfunits = 3\r\n", {"units": 3}),
        ('"units" = 3', {"units": 3}),
        ("name = 'M\u00fcnchen'", {"name": "M\u00fcnchen"}),
        ("text = '''\n#'''", {"text": "#"}),
        ("text = '''\r\na\r\nb'''\r\n", {"text": "a\nb"}),
        ("[units]\r\nchoices = [\r\n  64,\r\n  128\r\n]\r\n", {"units": {"choices": [64, 128]}}),
    ],
)
def test_a_file_gives_what_it_says(tmp_path, content, values):
    assert read_toml(written(tmp_path / "a.toml", content)).values == values


QUOTES = "text stands in quotes, truth values are true and false"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "units = 3\nunits = 4\n",
            "2: not TOML: Cannot overwrite a value at column 10; it was set before, leave one out",
        ),
        (
            "units = 3\n\nunits = 4",
            "3: not TOML: Cannot overwrite a value at column 10; it was set before, leave one out",
        ),
        (
            "[a]\nlow = 8\nlow = 9\n",
            "3: not TOML: Cannot overwrite a value at column 8; it was set before, leave one out",
        ),
        ("[a]\n[b]\n[a]\n", "3: not TOML: Cannot declare ('a',) twice at column 3"),
        ("units = 3\ndev = dev.conll\n", f"2: not TOML: Invalid value at column 7; {QUOTES}"),
        ("lowercase = True", f"1: not TOML: Invalid value at column 13; {QUOTES}"),
        ("[a]\nchoices = [nadam, adam]\n", f"2: not TOML: Invalid value at column 12; {QUOTES}"),
        ("units\n", "1: not TOML: Expected '=' after a key in a key/value pair at column 6"),
        ("[a]\nlow 8", "2: not TOML: Expected '=' after a key in a key/value pair at column 5"),
        ("units = 3\nseparator = 'tab\nlayers = 2", '2: not TOML: Expected "\'"; what begins here does not end'),
        ("units = 3\n\n# many\ndev = [\n'x',\n", "4: not TOML: Invalid value; what begins here does not end"),
        ("[a]\r\nlow = 1\r\n[b]\r\nx = [\r\n1,\r\n", "4: not TOML: Invalid value; what begins here does not end"),
        ("a = 1\nb = '''\n\nc = 1\n", "2: not TOML: Expected \"'''\"; what begins here does not end"),
        (b"units = 3\n# M\xfcnchen\n", "2: byte 0xfc at position 4 is not UTF-8; convert the file to UTF-8 first"),
        (b"\xff", "1: byte 0xff at position 1 is not UTF-8; convert the file to UTF-8 first"),
        ("units = 3\n".encode("utf-16"), "1: byte 0xff at position 1 is not UTF-8; convert the file to UTF-8 first"),
    ],
)
def test_what_is_not_toml_is_named_with_its_line(tmp_path, content, said):
    assert refusal(read_toml, tmp_path / "a.toml", content) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("[" * 100_000, "brackets are nested too deeply; an option takes plain values"),
        ("[\n" * 100 + "[" * 100_000, "brackets are nested too deeply; an option takes plain values"),
        ("1" * 5000, "not TOML: Exceeds the limit (4300 digits)"),
        ("[\n1,\n" + "1" * 5000 + "\n]", "not TOML: Exceeds the limit (4300 digits)"),
    ],
    ids=["brackets", "brackets on lines", "digits", "digits in a list"],
)
def test_what_would_overflow_a_reader_is_refused_with_its_line(tmp_path, value, said):
    content = f"[a]\nlow = 1\n\nhigh = {value}\n[b]\nlow = 1\n"
    assert refusal(read_toml, tmp_path / "a.toml", content).startswith(f"4: {said}")


def test_brackets_that_could_just_be_read_are_found_again_from_deeper_in_the_stack(tmp_path):
    def error(file, frames):
        return error(file, frames - 1) if frames else file.error("wrong", "here")

    for depth in range(50, 10_000):
        try:
            file = read_toml(written(tmp_path / "a.toml", "here = " + "[" * depth + "]" * depth))
        except DataError:
            break
        assert str(error(file, frames=5)) == f"{tmp_path / 'a.toml'}:1: wrong"


@pytest.mark.parametrize(("name", "said"), [("nosuch", "no such file"), (".", "cannot be read: Is a directory")])
def test_a_file_that_cannot_be_opened_is_an_error(tmp_path, name, said):
    with pytest.raises(DataError) as caught:
        read_toml(tmp_path / name)
    assert str(caught.value) == f"{tmp_path / name}: {said}"


@pytest.mark.parametrize(
    ("above", "line"),
    [
        ("", 1),
        ("# here = 3\n", 2),
        ('text = """\nhere = 4\n"""\n', 4),
        ("text = '''\n\nhere = 4'''\n# here\n\n", 6),
        ('text = "here = 5" # here\n', 2),
        ("units = 3 # [here]\n\n", 3),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("statement", "keys"),
    [
        ("here = 5", ["here"]),
        ('"here" = [\n5, # here = 5\n]', ["here"]),
        ("[here]", ["here"]),
        ("[[here]]", ["here"]),
        ("[here.low]", ["here", "low"]),
        ("here.low = 1", ["here", "low"]),
        ("here = {low = 1, high = 2}", ["here", "high"]),
    ],
)
def test_a_key_is_found_on_its_own_line(tmp_path, above, line, end, statement, keys):
    content = f"{above}{statement}\nhigh = 1\n".replace("\n", end)
    file = read_toml(written(tmp_path / "a.toml", content))
    assert str(file.error("wrong", *keys)) == f"{tmp_path / 'a.toml'}:{line}: wrong"


@pytest.mark.parametrize(
    ("keys", "line"),
    [([], 1), (["b"], 7), (["b", "low"], 10), (["a", "low"], 3), (["a", "choices"], 4)],
)
def test_a_key_is_found_in_its_own_table(tmp_path, keys, line):
    content = "\n[a]\nlow = 1\nchoices = [\n  2\n]\n[b]\n# low = 1\n\nlow = 1\n"
    file = read_toml(written(tmp_path / "a.toml", content))
    assert str(file.error("wrong", *keys)) == f"{tmp_path / 'a.toml'}:{line}: wrong"
