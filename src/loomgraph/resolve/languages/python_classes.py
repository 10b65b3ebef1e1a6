"""C3: the order in which Python looks through a class and its ancestors. A pure function over lists."""

from __future__ import annotations

from collections.abc import Sequence

Order = tuple[int | str, ...]


def linearise(cls: int, orders: Sequence[Order]) -> Order:
    """The class, then its ancestors so that each order and the order of the bases is kept; empty if that cannot be."""
    pending = [list(order) for order in orders if order]
    pending.append([order[0] for order in orders if order])
    found: list[int | str] = [cls]
    while any(pending):
        head = next((p[0] for p in pending if p and not any(p[0] in q[1:] for q in pending)), None)
        if head is None:
            return ()
        if head != cls:
            found.append(head)
        for each in pending:
            if each and each[0] == head:
                del each[0]
    return tuple(dict.fromkeys(found))
