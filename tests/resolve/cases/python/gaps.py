# path: gaps.py
"""What is known not to be resolved, so that nobody has to find out twice."""
import target


def alpha():
    return None


def beta():
    return None


class Thing:
    def on_start(self):
        return None

    def dispatch(self, name):
        getattr(self, "on_" + name)()  # gap calls: ::Thing.on_start

    def special_to_thing(self):
        return None

    def special_too(self):
        return None


# positions inside slices
[alpha, beta][1:][0]()  # gap calls: ::beta

# a key given a second value: the first one is not forgotten
table = {"a": alpha}
table.update({"a": beta})
table["a"]()  # gap calls: ::beta

# what a callee puts into a container of its caller
subscribers = []


def subscribe(to, listener):
    to.append(listener)


subscribe(subscribers, alpha)
for subscriber in subscribers:
    subscriber()  # gap calls: ::alpha

# names made at run time
globals()["alpha"]()  # gap calls: ::alpha
setattr(Thing, "late", alpha)
Thing.late()  # gap calls: ::alpha
eval("alpha()")  # gap calls: ::alpha

# an attribute of a module set from another module
target.hook = alpha
# path: target.py
hook = None


def run():
    hook()  # gap calls: gaps.py::alpha


def method_of_argument(thing):
    thing.special_to_thing()  # calls: gaps.py::Thing.special_to_thing [candidate]
# path: user.py
from gaps import Thing
from target import method_of_argument

method_of_argument(Thing())  # calls: target.py::method_of_argument, gaps.py::Thing
