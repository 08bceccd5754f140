"""What the optional dependencies are for, said when they are missed."""

from importlib.util import find_spec

from tagger.errors import TaggerError


def require_train_extra(command: str, *modules: str) -> None:
    """Check that modules of the `train` extra are installed, without importing them.

    Raises:
        TaggerError: one is not; the text says how to install it.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise TaggerError(f"`tagger {command}` needs {', '.join(missing)}; in the checkout: pip install '.[train]'")
