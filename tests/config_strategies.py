"""Random configurations, whatever fields they have."""

from dataclasses import fields
from types import NoneType, UnionType
from typing import Literal, get_args, get_origin

from hypothesis import strategies as st

from tagger.run_file import CONFIGS

HUGE = 2**70
BEYOND_THE_LIMITS = {"word_column": 0, "tag_column": 0, "comment_prefix": ""}  # the values that no limit speaks of

texts = st.text(st.characters(codec="utf-8"), max_size=8)


def values_of(kind, limits):
    """What a field of this type takes within its limits."""
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) is UnionType:
        return st.one_of(*(values_of(one, limits) for one in get_args(kind)))
    low, high, below = limits["minimum"], limits["maximum"], limits["below"]
    return {
        NoneType: st.none(),
        bool: st.booleans(),
        str: texts,
        int: st.integers(-HUGE if low is None else low, HUGE if high is None else high),
        float: st.floats(
            low, below if high is None else high, exclude_max=below is not None, allow_nan=False, allow_infinity=False
        ),
    }[kind]


def _field_values(item):
    values = values_of(item.type, item.metadata)
    return values.filter(lambda value: item.name not in BEYOND_THE_LIMITS or value != BEYOND_THE_LIMITS[item.name])


configurations = st.tuples(
    *(st.builds(config, **{item.name: _field_values(item) for item in fields(config)}) for config in CONFIGS)
)
