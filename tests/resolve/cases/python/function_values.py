import functools
from functools import partial


def alpha():
    return beta


def beta():
    return None


def gamma(x):
    return x


alias = alpha
alias()  # calls: ::alpha
alpha()()  # calls: ::alpha, ::beta

table = {"a": alpha, "b": beta}
table["a"]()  # calls: ::alpha
table["b"]()  # calls: ::beta
table.get("a")()  # calls: ::alpha, ::beta


def by_key(key):
    table[key]()  # calls: ::alpha, ::beta


handlers = [alpha, beta]
handlers[0]()  # calls: ::alpha
for handler in handlers:
    handler()  # calls: ::alpha, ::beta

registry = {}
registry["x"] = gamma
registry["x"](1)  # calls: ::gamma

listeners = []
listeners.append(beta)
for listener in listeners:
    listener()  # calls: ::beta


def subscribe(listener):
    subscribers.append(listener)


subscribers = []


def call_it(f):
    return f()  # calls: ::alpha, ::beta


call_it(alpha)  # calls: ::call_it
call_it(f=beta)  # calls: ::call_it


def call_default(f=gamma):
    return f(1)  # calls: ::gamma


bound = partial(gamma, 1)
bound()  # calls: ::gamma
functools.partial(alpha)()  # calls: ::alpha

shout = lambda: beta()  # calls: ::beta
double = (lambda f: f)(alpha)
double()  # calls: ::alpha

first, second = alpha, beta
first()  # calls: ::alpha
second()  # calls: ::beta


def make_adder(n):
    def adder(x):
        return gamma(x + n)  # calls: ::gamma

    return adder


make_adder(1)(2)  # calls: ::make_adder, ::make_adder.adder
add_two = make_adder(2)  # calls: ::make_adder
add_two(3)  # calls: ::make_adder.adder


class Dispatcher:
    routes = {"get": alpha}

    def __init__(self):
        self.handlers = {}
        self.callback = self.on_event
        self.handlers["get"] = self.on_get

    def on_get(self):
        return None

    def on_event(self):
        return None

    def dispatch(self, name):
        self.handlers[name]()  # calls: ::Dispatcher.on_get
        self.callback()  # calls: ::Dispatcher.on_event
        self.routes["get"]()  # calls: ::alpha
        method = getattr(self, "on_get")
        return method()  # calls: ::Dispatcher.on_get


map(gamma, [1, 2])  # references: ::gamma
