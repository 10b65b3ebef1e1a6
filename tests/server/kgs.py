"""Graphs to insert: small, and telling."""

from __future__ import annotations

from typing import Any

SHOP: dict[str, Any] = {
    "chunks": [
        {"content": "def total(cart):\n    return sum(price(item) for item in cart)", "source_id": "src/cart.py:1-2",
         "file_path": "src/cart.py"},
        {"content": "def checkout(cart):\n    return pay(total(cart))", "source_id": "src/shop/__init__.py:4-5",
         "file_path": "src/shop/__init__.py"},
    ],
    "entities": [
        {"entity_name": "total", "entity_type": "function", "description": "Adds the prices of a cart up.",
         "source_id": "src/cart.py:1-2", "file_path": "src/cart.py"},
        {"entity_name": "checkout", "entity_type": "function", "description": "Takes the money for a cart.",
         "source_id": "src/shop/__init__.py:4-5", "file_path": "src/shop/__init__.py"},
        {"entity_name": "walk", "entity_type": "function", "description": "Calls itself.", "source_id": "src/walk.py"},
    ],
    "relationships": [
        {"src_id": "checkout", "tgt_id": "total", "description": "checkout calls total", "keywords": "calls",
         "source_id": "src/shop/__init__.py:5"},
        {"src_id": "total", "tgt_id": "checkout", "description": "total is for checkout", "keywords": "references",
         "source_id": "src/cart.py:1-2"},
        {"src_id": "walk", "tgt_id": "walk", "description": "walk calls itself", "keywords": "calls",
         "source_id": "src/walk.py"},
        {"src_id": "checkout", "tgt_id": "pay", "description": "checkout calls pay", "keywords": "calls,imports",
         "source_id": "src/shop/__init__.py:5"},
    ],
}  # fmt: skip


def numbered(count: int, start: int = 0, prefix: str = "f") -> dict[str, Any]:
    """``count`` functions, each calling the one before."""
    names = [f"{prefix}{number}" for number in range(start, start + count)]
    return {
        "entities": [
            {"entity_name": name, "entity_type": "function", "description": f"{name} does its part",
             "source_id": f"src/{name}.py"} for name in names
        ],
        "relationships": [
            {"src_id": after, "tgt_id": before, "description": f"{after} calls {before}", "keywords": "calls",
             "source_id": f"src/{after}.py"} for before, after in zip(names, names[1:], strict=False)
        ],
    }  # fmt: skip
