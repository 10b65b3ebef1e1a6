from datetime import date, timedelta

from lending.desk import Desk
from lending.members import Member, hash_secret, sign_in
from lending.storage.memory import MemoryShelf


def test_a_late_book_costs_a_fine():
    shelf = MemoryShelf()
    shelf.put("123")
    desk, member = Desk(shelf), Member("Ada", "1")
    due = desk.lend(member, "123", date(2024, 1, 1))
    assert desk.take_back(member, "123", due + timedelta(days=3)) == 60


def test_sign_in_with_a_pin():
    member = Member("Ada", "1", hash_secret("0000"))
    assert sign_in(member, "0000")
    assert not sign_in(member, "1111")
