import contextlib
import functools
from typing import Callable, TypeVar

F = TypeVar("F", bound=Callable)


def plain(f):
    return f


def replacing(f):
    def wrapper():
        return f()  # calls: ::target

    return wrapper


def wrapping(f):
    @functools.wraps(f)
    def wrapper(*args):
        return f(*args)

    return wrapper


def with_arguments(name):
    def decorate(f):
        return f

    return decorate


def typed(f: F) -> F:
    def wrapper():
        return f()

    return wrapper


class Registry:
    def __init__(self):
        self.functions = {}

    def register(self, name):
        def decorate(f):
            self.functions[name] = f
            return f

        return decorate

    def __call__(self, f):
        return f


registry = Registry()  # calls: ::Registry.__init__


@plain  # calls: ::plain; decorates: ::one
def one():
    return 1


@replacing  # decorates: ::target
def target():
    return 2


@wrapping
def three():
    return 3


@with_arguments("x")  # calls: ::with_arguments, ::with_arguments.decorate
def four():
    return 4


@typed
def five():
    return 5


@registry.register("six")  # calls: ::Registry.register, ::Registry.register.decorate
def six():
    return 6


@functools.lru_cache(maxsize=None)
def seven():
    return Registry()  # calls: ::Registry.__init__


@unknown.decorator("x")
def eight():
    return 8


@registry  # calls: ::Registry.__call__
def nine():
    return 9


one()  # calls: ::one
target()  # calls: ::replacing.wrapper
three()  # calls: ::three
four()  # calls: ::four
five()  # calls: ::five
six()  # calls: ::six
seven().register("x")  # calls: ::seven, ::Registry.register
eight()  # calls: ::eight
nine()  # calls: ::nine


def add_method(cls):
    cls.extra = one
    return cls


@add_method
class Decorated:
    @functools.cached_property
    def cached(self):
        return Registry()  # calls: ::Registry.__init__

    @plain
    def method(self):
        return self.cached.register("y")  # calls: ::Registry.register

    @contextlib.contextmanager
    def opened(self):
        yield self


Decorated().method()  # calls: ::Decorated, ::Decorated.method
Decorated().cached.register("z")  # calls: ::Decorated, ::Registry.register
with Decorated().opened() as d:  # calls: ::Decorated, ::Decorated.opened
    d.method()  # calls: ::Decorated.method
