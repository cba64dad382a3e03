"""What everything else speaks of: immutable values without input or output.

Here is `NamedTuple`, the base of them all: the standard library's to a type checker, but made faster.

Git's path makes more than twenty such classes. The standard library compiles a constructor for each and
looks through its annotations, which would be a twelfth of a `get`. Such a class does the same,
but refuses less: `typing` also looks at the order of defaults and at the values that `_make` gets.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING or sys.version_info >= (3, 14):  # from 3.14 on a class works out its annotations when asked
    from typing import NamedTuple
else:
    from _collections import _tuplegetter

    class _Value(tuple):
        """What every such class has."""

        __slots__ = ()
        _fields: "tuple[str, ...]"
        _field_defaults: "dict[str, object]"

        def __new__(cls, *values: object, **named: object) -> "_Value":  # noqa: PYI034  # Python 3.10 has no Self
            fields = cls._fields
            if named or len(values) != len(fields):
                placed = dict(zip(fields, values, strict=False))
                given = {**cls._field_defaults, **placed, **named}
                if len(values) > len(fields) or placed.keys() & named or given.keys() != set(fields):
                    raise TypeError(f"{cls.__name__} takes each of {', '.join(fields)} once")
                values = tuple(map(given.__getitem__, fields))
            return tuple.__new__(cls, values)

        @classmethod
        def _make(cls, values: "list[object]") -> "_Value":
            return cls(*values)

        def _asdict(self) -> "dict[str, object]":
            return dict(zip(self._fields, self, strict=True))

        def _replace(self, **named: object) -> "_Value":
            given = {**self._asdict(), **named}
            if len(given) != len(self):
                raise TypeError(f"{type(self).__name__} has no {', '.join(named.keys() - set(self._fields))}")
            return tuple.__new__(type(self), given.values())

        def __getnewargs__(self) -> "tuple[object, ...]":
            return tuple(self)

        def __repr__(self) -> str:
            fields = ", ".join(f"{field}={value!r}" for field, value in self._asdict().items())
            return f"{type(self).__name__}({fields})"

    class _Maker(type):
        """Makes the class that `class NAME(NamedTuple):` describes."""

        def __new__(cls, name: str, bases: "tuple[type, ...]", namespace: "dict[str, object]") -> type:
            del bases
            fields = tuple(namespace["__annotations__"])
            facts = {
                "__slots__": (),
                "__match_args__": fields,
                "_fields": fields,
                "_field_defaults": {field: namespace[field] for field in fields if field in namespace},
            }
            getters = {field: _tuplegetter(at, None) for at, field in enumerate(fields)}
            return type(name, (_Value,), {**namespace, **getters, **facts})

    NamedTuple = type.__new__(_Maker, "NamedTuple", (), {})

__all__ = ["NamedTuple"]
