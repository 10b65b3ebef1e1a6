def helper():
    return 1


def shadowed(helper):
    return helper()  # calls: nothing


def outer():
    def helper():
        return 2

    def inner():
        return helper()  # calls: ::outer.helper

    inner()  # calls: ::outer.inner
    return helper()  # calls: ::outer.helper


def closure():
    found = helper

    def use():
        return found()  # calls: ::helper

    return use()  # calls: ::closure.use


class Owner:
    def helper(self):
        return helper()  # calls: ::helper

    value = helper

    def other(self):
        return helper()  # calls: ::helper


def late():
    return defined_later()  # calls: ::defined_later


def defined_later():
    return late()  # calls: ::late


counter = None


class Counter:
    def tick(self):
        return self


def setup():
    global counter
    counter = Counter()  # calls: ::Counter


def use_global():
    counter.tick()  # calls: ::Counter.tick


def with_nonlocal():
    current = None

    def start():
        nonlocal current
        current = Counter()  # calls: ::Counter

    def go():
        return current.tick()  # calls: ::Counter.tick

    start()  # calls: ::with_nonlocal.start
    go()  # calls: ::with_nonlocal.go


def first():
    return 1


def second():
    return 2


if helper():  # calls: ::helper
    chosen = first
else:
    chosen = second
chosen()  # calls: ::first, ::second

chosen = first
chosen()  # calls: ::first


def redefined():
    return 1


def redefined():
    return 2


redefined()  # calls: ::redefined~2


def reads():
    return redefined()  # calls: ::redefined~2


def recursion(n):
    return recursion(n - 1)  # calls: ::recursion [exact]


if (hit := Counter()) is not None:  # calls: ::Counter
    hit.tick()  # calls: ::Counter.tick

names = [counter_.tick() for counter_ in [Counter()]]  # calls: ::Counter, ::Counter.tick
