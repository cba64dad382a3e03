"""The base of this project's values does what `typing.NamedTuple` does."""

import copy
import pickle
from typing import Any
from typing import NamedTuple as Standard

import pytest

from git_credential_pat.model import NamedTuple


class Ours(NamedTuple):
    """A value with defaults, a method and a property."""

    host: bytes
    path: tuple[bytes, ...] = ()
    port: int = 443

    @property
    def name(self) -> bytes:
        """A property."""
        return b"/".join((self.host, *self.path))


class Theirs(Standard):
    """The same, of the standard library."""

    host: bytes
    path: tuple[bytes, ...] = ()
    port: int = 443

    @property
    def name(self) -> bytes:
        """A property."""
        return b"/".join((self.host, *self.path))


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ((b"a",), {}),
        ((b"a", (b"b",)), {}),
        ((b"a", (b"b",), 8), {}),
        ((b"a",), {"port": 8}),
        ((), {"port": 8, "host": b"a"}),
        ((), {}),
        ((b"a",), {"host": b"b"}),
        ((b"a",), {"user": b"b"}),
        ((b"a", (), 8, 9), {}),
        ((), {"path": ()}),
    ],
)
def test_a_value_is_made_of_the_same_arguments(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    """Or refused for the same ones."""
    try:
        expected = Theirs(*values, **named)
    except TypeError:
        with pytest.raises(TypeError, match="Ours takes each of host, path, port once"):
            Ours(*values, **named)
    else:
        assert tuple(Ours(*values, **named)) == tuple(expected)


def test_a_value_is_a_tuple_whose_fields_have_names() -> None:
    """It is equal to a tuple, unpacked, matched and shown like one of the standard library."""
    ours, theirs = Ours(b"a", (b"b",)), Theirs(b"a", (b"b",))
    assert (ours.host, ours.path, ours.port, ours.name) == (b"a", (b"b",), 443, b"a/b")
    assert ours == (b"a", (b"b",), 443)
    assert hash(ours) == hash(theirs)
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    match ours:
        case Ours(host, port=443):
            assert host == b"a"
        case _:
            pytest.fail("it does not match")


def test_a_value_cannot_be_changed_but_copied_with_a_change() -> None:
    """A name that is no field's is refused."""
    ours = Ours(b"a")
    assert tuple(ours._replace(port=8)) == tuple(Theirs(b"a")._replace(port=8))
    assert type(ours._replace(port=8)) is Ours
    with pytest.raises(TypeError):
        ours._replace(user=8)  # type: ignore[call-arg]  # what a type checker says too
    with pytest.raises(AttributeError):
        ours.port = 8  # type: ignore[misc]  # as above
    with pytest.raises(AttributeError):
        ours.user = 8  # type: ignore[attr-defined]  # as above


def test_a_value_goes_where_one_of_the_standard_library_goes() -> None:
    """It is copied, pickled, made of a sequence and turned into a dictionary."""
    ours = Ours(b"a", (b"b",))
    assert ours == copy.deepcopy(ours) == pickle.loads(pickle.dumps(ours)) == Ours._make(ours)  # noqa: S301  # our own
    assert ours._asdict() == Theirs(*ours)._asdict()
    assert Ours._fields == Theirs._fields
