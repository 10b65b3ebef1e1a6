import contextlib
from contextlib import contextmanager


class Query:
    def filter(self, **kw):
        clone = self._clone()  # calls: ::Query._clone
        clone.prepare()  # calls: ::Query.prepare
        return clone

    def _clone(self):
        return self.__class__()  # calls: ::Query

    def order(self):
        return self

    def prepare(self):
        return None

    def first(self):
        return Row()  # calls: ::Row


class SpecialQuery(Query):
    def special(self):
        return self


class Row:
    def save(self):
        return True

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None

    def __iter__(self):
        yield Cell()  # calls: ::Cell

    def __getitem__(self, at):
        return Cell()  # calls: ::Cell

    def __add__(self, other):
        return Row()  # calls: ::Row


class Cell:
    def text(self):
        return ""


def make():
    return Query()  # calls: ::Query


def make_either(flag):
    if flag:
        return Query()  # calls: ::Query
    return None


query = make()  # calls: ::make
query.filter().order().filter(a=1).first().save()  # calls: ::Query.filter, ::Query.order, ::Query.first, ::Row.save
SpecialQuery().filter().order().special()  # calls: ::SpecialQuery, ::Query.filter, ::Query.order, ::SpecialQuery.special
make_either(1).order()  # calls: ::make_either, ::Query.order

with Row() as row:  # calls: ::Row, ::Row.__enter__, ::Row.__exit__
    row.save()  # calls: ::Row.save

for cell in row:  # calls: ::Row.__iter__
    cell.text()  # calls: ::Cell.text

row[0].text()  # calls: ::Cell.text
(row + row).save()  # calls: ::Row.__add__, ::Row.save

texts = {cell.text() for cell in row}  # calls: ::Row.__iter__, ::Cell.text
table = {"a": Row(), "b": Row()}  # calls: ::Row
for name, each in table.items():
    each.save()  # calls: ::Row.save
both = [Row() for _ in range(3)]  # calls: ::Row
both[1].save()  # calls: ::Row.save
[r.save() for r in both]  # calls: ::Row.save
first, *rest = both
first.save()  # calls: ::Row.save
rest[0].save()  # calls: ::Row.save
a = b = Row()  # calls: ::Row
a.save()  # calls: ::Row.save
b.save()  # calls: ::Row.save
(Row() if a else Row()).save()  # calls: ::Row, ::Row.save
(None or Row()).save()  # calls: ::Row, ::Row.save
chosen = a and a.__enter__()  # calls: ::Row.__enter__
chosen.save()  # calls: ::Row.save


@contextmanager
def opened():
    yield Row()  # calls: ::Row


with opened() as o, contextlib.closing(Row()) as c:  # calls: ::opened, ::Row
    o.save()  # calls: ::Row.save
    c.save()  # calls: ::Row.save

with contextlib.ExitStack() as stack:
    stack.enter_context(opened()).save()  # calls: ::opened, ::Row.save


def generate():
    yield Row()  # calls: ::Row
    yield from [Row()]  # calls: ::Row


for made in generate():  # calls: ::generate
    made.save()  # calls: ::Row.save
next(generate()).save()  # calls: ::generate, ::Row.save
list(generate())[0].save()  # calls: ::generate, ::Row.save


async def fetch():
    return Row()  # calls: ::Row


async def stream():
    yield Row()  # calls: ::Row


async def use():
    (await fetch()).save()  # calls: ::fetch, ::Row.save
    got = await fetch()  # calls: ::fetch
    got.save()  # calls: ::Row.save
    async for item in stream():  # calls: ::stream
        item.save()  # calls: ::Row.save


try:
    pass
except (ValueError, KeyError) as problem:
    problem.save()  # calls: nothing


class AppError(Exception):
    def report(self):
        return None


try:
    raise AppError  # calls: ::AppError
except AppError as problem:
    problem.report()  # calls: ::AppError.report


def default(row=Row()):  # calls: ::Row
    row.save()  # calls: ::Row.save


def passed(row):
    return row


passed(Row()).save()  # calls: ::passed, ::Row, ::Row.save
