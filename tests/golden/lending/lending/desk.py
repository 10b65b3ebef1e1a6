"""The desk: lends books to members and takes them back."""

from datetime import date, timedelta

from .errors import NotAvailable, TooManyBooks
from .fines import fine_for
from .members import Member
from .storage.base import Shelf

LOAN_DAYS = 28
MAX_BOOKS = 5


class Desk:
    """Where members borrow and return books."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def lend(self, member: Member, isbn: str, today: date) -> date:
        """Give a book to a member; the day it is due back."""
        if len(member.loans) >= MAX_BOOKS:
            raise TooManyBooks(member.name)
        if not self.shelf.take(isbn):
            raise NotAvailable(isbn)
        due = today + timedelta(days=LOAN_DAYS)
        member.loans[isbn] = due
        return due

    def take_back(self, member: Member, isbn: str, today: date) -> int:
        """Put a returned book on its shelf; what the member owes for being late."""
        due = member.loans.pop(isbn)
        self.shelf.put(isbn)
        return fine_for(due, today)

    def renew(self, member: Member, isbn: str) -> date:
        """Extend a loan by half the usual time."""
        member.loans[isbn] += timedelta(days=LOAN_DAYS // 2)
        return member.loans[isbn]
