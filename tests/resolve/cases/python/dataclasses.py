import enum
from dataclasses import dataclass, field
from typing import NamedTuple, TypedDict


class Part:
    def use(self):
        return None


@dataclass
class Machine:
    part: Part
    parts: list[Part] = field(default_factory=list)
    main: "Part | None" = None

    def run(self):
        self.part.use()  # calls: ::Part.use
        for p in self.parts:
            p.use()  # calls: ::Part.use
        return self.main.use()  # calls: ::Part.use


Machine(Part()).part.use()  # calls: ::Machine, ::Part, ::Part.use


class Pair(NamedTuple):
    left: Part
    right: Part


class Options(TypedDict):
    part: Part


def use(pair: Pair, options: Options):
    pair.left.use()  # calls: ::Part.use
    options["part"].use()  # calls: ::Part.use


class Color(enum.Enum):
    RED = 1
    GREEN = 2

    def show(self):
        return self.value


Color.RED.show()  # calls: ::Color.show
for color in Color:
    color.show()  # calls: ::Color.show
Color("x").show()  # calls: ::Color, ::Color.show
