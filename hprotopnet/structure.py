"""Plain data, as JSON has it, to dataclasses: strictly, and what does not fit is said in one line.

Nothing is converted: "3" is no number, true is not 1, NaN is nothing at all. A field may be absent where it has a
default, so that files of earlier versions are read; one that is not known is refused, for it would be ignored, unless
it is said that others may stand there. Files may be made to harm: what is wrong with a long list is not all collected.
"""

import reprlib
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import numpy as np
from cattrs import Converter, ForbiddenExtraKeysError, IterableValidationError, IterableValidationNote, transform_error
from cattrs.gen import make_dict_structure_fn

from hprotopnet.errors import InputError

T = TypeVar("T")
Hook = Callable[[Any, Any], Any]
MOST_MISFITS = 3  # of a list that are looked for
MOST_PATH = 200  # letters of the path of a field that are said
MOST_AXES = 8  # of an array
MOST = sys.float_info.max


def structure(
    data: Any, kind: type[T], source: str | Path, remedy: str = "make the file again", others: bool = False
) -> T:
    """Build `kind`, a dataclass or a tuple, list or dict of such, from plain data.

    Args:
        source, remedy: named in the error.
        others: whether fields that are not known may stand beside those that are.

    Raises `InputError` naming `source`, the path of the first field that does not fit, and what belongs there.
    """
    try:
        return (_lenient if others else _converter).structure(data, kind)
    except Exception as error:  # also what the checks of a dataclass itself raise
        first, *further = transform_error(error, "", _said)
        said, _, path = first.rpartition(" @ ")
        if said.startswith(("is ", "has ")):  # of a field; a dataclass that checks itself says all there is to say
            more = f" (and {len(further)} more)" if further else ""
            said = f"{_shortened(path.removeprefix('.')) or 'the whole'} {said}{more}; {remedy}"
        raise InputError(f"{source}: {said}") from error


def _shortened(path: str) -> str:
    return path if len(path) <= MOST_PATH else f"{path[:MOST_PATH]}..."


class _Misfit(ValueError):
    def __init__(self, value: Any, expected: str):
        super().__init__(f"is {reprlib.repr(value)}, not {expected}")


def _said(error: BaseException, kind: type | None) -> str:
    if isinstance(error, KeyError):
        return "is missing"
    if isinstance(error, ForbiddenExtraKeysError):
        unknown = ", ".join(map(reprlib.repr, sorted(error.extra_fields)[:MOST_MISFITS]))
        return f"has no field {unknown}, known are {', '.join(field.name for field in fields(error.cl))}"
    return str(error)


def _whole(value: Any, _: Any) -> int:
    if type(value) is not int:
        raise _Misfit(value, "a whole number")
    return value


def _number(value: Any, _: Any) -> float:
    if type(value) not in (int, float) or not -MOST <= value <= MOST:  # which NaN is not
        raise _Misfit(value, "a finite number")
    return float(value)


def _text(value: Any, _: Any) -> str:
    if not isinstance(value, str):
        raise _Misfit(value, "text")
    return value


def _truth(value: Any, _: Any) -> bool:
    if not isinstance(value, bool):
        raise _Misfit(value, "true or false")
    return value


def _choice(value: Any, kind: Any) -> Any:
    if value not in get_args(kind):
        raise _Misfit(value, f"one of {', '.join(map(repr, get_args(kind)))}")
    return value


def _array(value: Any, kind: Any) -> np.ndarray:
    """An array of the type that `NDArray[...]` names, of any shape."""
    try:
        array = np.array(value) if isinstance(value, np.ndarray) or _numeric(value) else None
    except ValueError:  # rows of different lengths
        array = None
    if array is None or array.dtype.kind not in "iuf" or not np.isfinite(array).all():
        raise _Misfit(value, "an array of finite numbers")
    return array.astype(get_args(get_args(kind)[1])[0])


def _numeric(value: Any, axes: int = MOST_AXES) -> bool:
    """Whether it is a list of numbers, or of such lists: of text numpy would make all as long as the longest."""
    if not isinstance(value, list):
        return False
    if set(map(type, value)) <= {int, float}:  # as most are, of very many
        return True
    return axes > 1 and all(type(item) in (int, float) or _numeric(item, axes - 1) for item in value)


def _only_from(types: tuple[type, ...], expected: str, inner: Callable[[Any, Converter], Hook]):
    """A factory of hooks that look at what they are given first: text is a sequence, too, and not meant."""

    def factory(kind: Any, converter: Converter) -> Hook:
        build = inner(kind, converter)

        def hook(value: Any, kind: Any) -> Any:
            if not isinstance(value, types):
                raise _Misfit(value, expected)
            return build(value, kind)

        return hook

    return factory


def _tuple(kind: Any, converter: Converter) -> Hook:
    kinds = get_args(kind)
    if kinds[-1] is Ellipsis:
        return _items(kind, converter)
    hooks = [converter.get_structure_hook(own) for own in kinds]

    def hook(value: Any, _: Any) -> tuple:
        if len(value) != len(hooks):
            raise _Misfit(value, f"a list of {len(hooks)}")
        return tuple([own(item, kind) for own, item, kind in zip(hooks, value, kinds, strict=True)])

    return hook


def _items(kind: Any, converter: Converter) -> Hook:
    """A tuple of any number of things of one kind."""
    own, *_ = get_args(kind)
    return lambda value, _: tuple(_each(enumerate(value), own, converter, kind))


def _mapping(kind: Any, converter: Converter) -> Hook:
    """Things of one kind by name."""
    _, own = get_args(kind)
    return lambda value, _: dict(zip(value, _each(value.items(), own, converter, kind), strict=True))


def _each(items: Iterable[tuple[int | str, Any]], own: Any, converter: Converter, kind: Any) -> list[Any]:
    """All of them built, or an error that holds the first few misfits: millions would fill the memory."""
    hook, found, errors = converter.get_structure_hook(own), [], []
    for place, item in items:
        try:
            found.append(hook(item, own))
        except Exception as error:
            error.add_note(IterableValidationNote(f"at {place!r}", place, own))
            errors.append(error)
            if len(errors) == MOST_MISFITS:
                break
    if errors:
        raise IterableValidationError("some do not fit", errors, kind)
    return found


def _made(others: bool) -> Converter:
    converter = Converter(forbid_extra_keys=not others)
    for kind, hook in ((int, _whole), (float, _number), (str, _text), (bool, _truth)):
        converter.register_structure_hook(kind, hook)
    converter.register_structure_hook_func(lambda kind: get_origin(kind) is Literal, _choice)
    converter.register_structure_hook_func(lambda kind: get_origin(kind) is np.ndarray, _array)
    lists, dicts = ((list, tuple), "a list"), ((dict,), "an object of named fields")
    for origins, rule, inner in (
        ((tuple,), lists, _tuple),
        ((dict, Mapping), dicts, _mapping),
    ):
        converter.register_structure_hook_factory(
            lambda kind, origins=origins: get_origin(kind) in origins, _only_from(*rule, inner)
        )
    converter.register_structure_hook_factory(is_dataclass, _only_from(*dicts, make_dict_structure_fn))
    return converter


_converter, _lenient = _made(others=False), _made(others=True)
