"""What can go wrong at the desk."""


class LendingError(Exception):
    """Any failure of the library."""


class NotAvailable(LendingError):
    """Every copy of the book is lent."""


class TooManyBooks(LendingError):
    """The member holds as many books as are allowed."""
