"""Tests of the tiny shop."""

from shop.cart import Cart, checkout


def test_checkout():
    cart = Cart().add("10").add("2.50")
    assert checkout(cart) == "to pay: 15.00"
