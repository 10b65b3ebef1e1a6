"""Lists by key, under change while others still read the ones before. It must not know what they hold."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Item = TypeVar("_Item")


class Growing(Generic[_Key, _Item]):
    """An index under change: its lists are copied when first touched, so that the published ones stay."""

    def __init__(self, published: Mapping[_Key, list[_Item]], file_of: Callable[[_Item], str]) -> None:
        self.lists: dict[_Key, list[_Item]] = dict(published)
        self._file_of = file_of
        self._own: set[_Key] = set()

    def add(self, key: _Key, item: _Item) -> None:
        if key not in self._own:
            self._own.add(key)
            self.lists[key] = [*self.lists.get(key, ())]
        self.lists[key].append(item)

    def drop(self, keys: Iterable[_Key], path: str) -> None:
        for key in set(keys):
            kept = [item for item in self.lists.get(key, ()) if self._file_of(item) != path]
            self._own.add(key)
            if kept:
                self.lists[key] = kept
            else:
                self.lists.pop(key, None)
                self._own.discard(key)
