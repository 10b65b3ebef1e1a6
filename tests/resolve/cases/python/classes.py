class Base:
    kind = "base"

    def __init__(self, name):
        self.name = name
        self.setup()  # calls: ::Base.setup

    def setup(self):
        return self.describe()  # calls: ::Base.describe

    def describe(self):
        return str(self.name)  # calls: external:builtins.str

    @classmethod
    def make(cls):
        made = cls("x")  # calls: ::Base.__init__
        made.describe()  # calls: ::Base.describe
        return made

    @staticmethod
    def check(value):
        return Base.normalise(value)  # calls: ::Base.normalise

    @staticmethod
    def normalise(value):
        return value

    @property
    def parent(self):
        return Other()  # calls: ::Other

    def use_property(self):
        return self.parent.ping()  # calls: ::Other.ping


class Other:
    def ping(self):
        return None

    def __call__(self):
        return self.ping()  # calls: ::Other.ping


class Left(Base):  # inherits: ::Base
    def describe(self):  # overrides: ::Base.describe
        return super().describe()  # calls: ::Base.describe

    @classmethod
    def make(cls):
        return super().make()  # calls: ::Base.make


class Right(Base):
    def describe(self):
        return "right"

    def only_right(self):
        return None


class Both(Left, Right):  # inherits: ::Left, ::Right
    def setup(self):
        self.only_right()  # calls: ::Right.only_right
        return super().setup()  # calls: ::Base.setup

    def describe(self):
        return super(Both, self).describe()  # calls: ::Left.describe


class Diamond(Right, Left):
    pass


Base.make().describe()  # calls: ::Base.make, ::Base.describe
Left.make().describe()  # calls: ::Left.make, ::Left.describe
Base.check(1)  # calls: ::Base.check [exact]
Both("b").check(2)  # calls: ::Both, ::Base.check
Diamond("d").describe()  # calls: ::Diamond, ::Right.describe
Base.describe(Left("l"))  # calls: ::Base.describe, ::Left
Other()()  # calls: ::Other, ::Other.__call__
Base("q").parent.ping()  # calls: ::Base.__init__, ::Other.ping
getattr(Base("q"), "describe")()  # calls: ::Base.__init__, ::Base.describe


class Lazy:
    def __new__(cls):
        return super().__new__(cls)

    def go(self):
        return type(self)().go()  # calls: ::Lazy.__new__, ::Lazy.go

    def again(self):
        return self.__class__().go()  # calls: ::Lazy.__new__, ::Lazy.go


Lazy().again()  # calls: ::Lazy.__new__, ::Lazy.again


class Meta(type):
    def registry(cls):
        return Other()  # calls: ::Other


class Registered(metaclass=Meta):
    pass


class AlsoRegistered(Registered):
    pass


Registered.registry().ping()  # calls: ::Meta.registry, ::Other.ping
AlsoRegistered.registry()  # calls: ::Meta.registry


class Template:
    def run(self):
        return self.step_of_template()  # calls: ::Concrete.step_of_template [candidate]


class Concrete(Template):
    def step_of_template(self):
        return None
