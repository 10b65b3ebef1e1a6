from shop import Cart
from shop.cart import checkout


class Printer:
    def print_line(self, text):
        print(text)


def test_total():
    assert Cart().add("apple").total() > 0


def test_checkout():
    assert checkout(Cart(), Printer())
