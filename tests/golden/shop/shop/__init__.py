"""A shop: carts and what they cost."""

from .cart import Cart
from .prices import price_of

__all__ = ["Cart", "price_of"]
