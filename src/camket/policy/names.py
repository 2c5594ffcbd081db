"""Names as they are searched for: words without diacritics, and never a family name that half the country bears."""

import re
import unicodedata
from collections.abc import Sequence

from camket.policy.writing import composed

_WORDS = re.compile(r"[^\W_]+")
_MOST_WORDS = 8
# Four people in ten are called Nguyễn, and nine in ten one of these: an index of them would tell by its counts alone who is meant.
_COMMON_FAMILIES = frozenset({"nguyen", "tran", "le", "pham", "hoang", "huynh", "phan", "vu", "vo", "dang", "bui", "do", "ho", "ngo", "duong", "ly"})
# "Thị" and "Văn" say no more than woman and man.
_BETWEEN = frozenset({"thi", "van"})


def folded(text: str) -> str:
    """
    Return a text in small letters without diacritics, as somebody types it in a hurry: "Đặng Ngọc Ánh" is "dang ngoc anh".

    Args:
        text: Any text.
    """
    bare = "".join(char for char in composed(text.casefold(), "NFD") if unicodedata.category(char) != "Mn")
    return composed(bare.replace("đ", "d"))


def _words(text: str) -> Sequence[str]:
    return _WORDS.findall(folded(text))[-_MOST_WORDS:]


def _split(words: Sequence[str]) -> tuple[str, list[str]]:
    """The family name where it is a common one, else nothing; and the words that tell people apart."""
    family = words[0] if len(words) > 1 and words[0] in _COMMON_FAMILIES else ""
    return family, [word for word in words[bool(family) :] if word not in _BETWEEN]


def name_terms(name: str) -> frozenset[str]:
    """
    Return the terms under which a name is kept in the index: each telling word, alone and after the family name.

    Args:
        name: As it was given; its eight last words count.

    Source: reference privacy (d.3): never the bare family name.
    """
    family, telling = _split(_words(name))
    return frozenset(telling) | frozenset(f"{family} {word}" for word in telling if family)


def sought_terms(text: str) -> tuple[frozenset[str], ...]:
    """
    Return the sets of terms, one of which a name must have whole to be meant by what somebody types; none where it tells nobody apart.

    Args:
        text: One or more words of a name, with or without diacritics, in whatever order.
    """
    words = _words(text)
    if not _split(words)[1]:
        return ()
    plain = frozenset(words) - _BETWEEN
    # "Dương An" may be a family and a given name, or the end of "Nguyễn Dương An"; and "an nguyen" is Nguyễn An to whoever writes it so
    families = sorted(plain & _COMMON_FAMILIES) if len(plain) > 1 else []
    return (plain, *(frozenset(f"{family} {word}" for word in plain - {family}) for family in families))
