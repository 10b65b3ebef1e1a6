"""What late books cost."""

from datetime import date

CENTS_A_DAY = 20
HIGHEST = 1000


def fine_for(due: date, returned: date) -> int:
    """The penalty in cents for a book that came back after its due date; never more than the highest."""
    days_late = max(0, (returned - due).days)
    return min(HIGHEST, days_late * CENTS_A_DAY)
