"""A lending library: who has which book, and until when."""

from .desk import Desk
from .members import Member

__all__ = ["Desk", "Member"]
