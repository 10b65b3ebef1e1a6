import json
import os.path
import requests
from collections import OrderedDict, defaultdict


class Impostor:
    """Methods named like those of outside types."""

    def join(self, x):
        return x

    def split(self):
        return []

    def append(self, x):
        return x

    def get(self, url):
        return url

    def loads(self, x):
        return x

    def json(self):
        return {}

    def send(self):
        return None

    def items(self):
        return []

    def update_all(self):
        return None


", ".join([])  # calls: external:builtins.str.join
"a b".split()  # calls: external:builtins.str.split
f"{1}".join([])  # calls: external:builtins.str.join
[].append(1)  # calls: external:builtins.list.append
{}.items()  # calls: external:builtins.dict.items
str(1).split()  # calls: external:builtins.str, external:builtins.str.split
("%s" % 1).split()  # calls: external:builtins.str.split
json.loads("x").get("y")  # calls: external:json.loads
os.path.join("a", "b").split()  # calls: external:os.path.join, external:builtins.str.split
requests.get("x")  # calls: external:requests.get
requests.get("x").json()  # calls: external:requests.get
requests.Session().send()  # calls: external:requests.Session, external:requests.Session.send
OrderedDict().items()  # calls: external:collections.OrderedDict, external:builtins.dict.items
len([]), print(), isinstance(1, int)  # calls: nothing


def typed(text: str, session: requests.Session, names: list[str]):
    text.join([])  # calls: external:builtins.str.join
    session.send()  # calls: external:requests.Session.send
    for name in names:
        name.split()  # calls: external:builtins.str.split
    groups = defaultdict(list)
    groups["a"].append(1)  # calls: nothing
    text.update_all()  # calls: nothing
    for row in requests.get("rows"):
        row.update_all()  # calls: nothing


def guess(thing):
    thing.update_all()  # calls: ::Impostor.update_all [candidate]
    thing.split()  # calls: nothing


class Mine(dict):
    def go(self):
        self.items()  # calls: external:builtins.dict.items
        self.update_all()  # calls: nothing


class Theirs(requests.Session):
    def go(self):
        self.send()  # calls: external:requests.Session.send
        super().send()  # calls: external:requests.Session.send


Theirs().send()  # calls: ::Theirs, external:requests.Session.send


def len(x):
    return x


len(1)  # calls: ::len
