"""A value that cannot leave by accident."""

from typing import Any, Generic, NoReturn, TypeVar

Value = TypeVar("Value", str, bytes)


class _Closed(Generic[Value]):
    """What refuses to become text by any road but `reveal`, so that a log line, an error page, a task or a cache cannot hold it."""

    __slots__ = ("__value",)

    def __init__(self, value: Value) -> None:
        self.__value: Value = value

    def reveal(self) -> Value:
        """Return the plain value; a door calls this in the one place where it writes it out."""
        return self.__value

    def __repr__(self) -> str:
        return "<sealed>"

    def _refuse(self, *_: Any) -> NoReturn:
        raise TypeError("a sealed value is opened with .reveal() where it is written out, and nowhere else")

    __str__ = __format__ = __bytes__ = __iter__ = __len__ = __bool__ = __hash__ = __eq__ = __ne__ = __lt__ = __getstate__ = _refuse
    __reduce__ = __reduce_ex__ = __copy__ = __deepcopy__ = __contains__ = __getitem__ = __add__ = __radd__ = _refuse


class Sealed(_Closed[str]):
    """One field of one record, opened by the gate for one permit."""

    __slots__ = ()


class SealedBytes(_Closed[bytes]):
    """What is in a file that somebody attached, opened by the gate for one permit."""

    __slots__ = ()
