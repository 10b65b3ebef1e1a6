# path: shop/__init__.py
"""A package that gives on what its modules hold."""
from .cart import Cart, total as sum_of  # imports: shop/cart.py, shop/cart.py::Cart, shop/cart.py::total
from .pricing import *  # imports: shop/pricing.py
from . import shipping  # imports: shop/shipping/__init__.py

__all__ = ["Cart", "sum_of", "price", "shipping"]
# path: shop/cart.py
from .pricing import price
from . import pricing as pr
import shop.shipping.post


class Cart:
    def add(self, item):
        return price(item)  # calls: shop/pricing.py::price [exact]


def total(cart):
    pr.price(cart)  # calls: shop/pricing.py::price [exact]
    shop.shipping.post.send(cart)  # calls: shop/shipping/post.py::send
    pr._rounded(1)  # calls: shop/pricing.py::_rounded
    return pr.missing()  # calls: nothing
# path: shop/pricing.py
__all__ = ["price"]


def price(item):
    return _rounded(item)  # calls: ::_rounded


def _rounded(x):
    return hidden(x)  # calls: ::hidden


def hidden(x):
    return x
# path: shop/shipping/__init__.py
def label():
    from .post import send as post_it

    return post_it(None)  # calls: shop/shipping/post.py::send [exact]
# path: shop/shipping/post.py
from .. import sum_of
from ..cart import Cart as Basket


def send(cart):
    sum_of(cart)  # calls: shop/cart.py::total [exact]
    return Basket().add(cart)  # calls: shop/cart.py::Cart, shop/cart.py::Cart.add
# path: main.py
import shop
import shop as store
from shop import Cart, price, shipping
from shop import *
from shop.pricing import hidden as reveal

try:
    import fast_json as json_tools
except ImportError:
    import slow_json as json_tools

shop.Cart().add(1)  # calls: shop/cart.py::Cart, shop/cart.py::Cart.add
store.sum_of(1)  # calls: shop/cart.py::total [exact]
price(2)  # calls: shop/pricing.py::price [exact]
sum_of(3)  # calls: shop/cart.py::total
shipping.label()  # calls: shop/shipping/__init__.py::label
reveal(4)  # calls: shop/pricing.py::hidden
shop.hidden(5)  # calls: nothing
json_tools.dumps(6)  # calls: slow_json.py::dumps, external:fast_json.dumps
# path: slow_json.py
def dumps(x):
    return str(x)
