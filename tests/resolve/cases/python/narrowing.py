class Shape:
    def area(self):
        return 0


class Circle(Shape):
    def radius(self):
        return 1


class Square(Shape):
    def side(self):
        return 2


class Holder:
    item: Shape


def positive(x, y: Shape, h: Holder):
    if isinstance(x, Circle):
        x.radius()  # calls: ::Circle.radius
    elif isinstance(x, (Square, Circle)):
        x.side()  # calls: ::Square.side
        x.radius()  # calls: ::Circle.radius
    if isinstance(y, Square):
        y.side()  # calls: ::Square.side
        y.area()  # calls: ::Shape.area
    y.area()  # calls: ::Shape.area
    if isinstance(h.item, Circle):
        h.item.radius()  # calls: ::Circle.radius
    return x.radius() if isinstance(x, Circle) else None  # calls: ::Circle.radius


def negative(x, y):
    if not isinstance(x, Circle):
        return None
    x.radius()  # calls: ::Circle.radius
    if not isinstance(y, Square) or y.side():  # calls: ::Square.side
        raise ValueError
    else:
        y.side()  # calls: ::Square.side
    return y.side()  # calls: ::Square.side


def conjunction(x, y):
    if isinstance(x, Circle) and x.radius():  # calls: ::Circle.radius
        x.radius()  # calls: ::Circle.radius
    assert isinstance(y, Square)
    y.side()  # calls: ::Square.side
    return [i.radius() for i in x if isinstance(i, Circle)]  # calls: ::Circle.radius


def matched(x):
    match x:
        case Circle():
            x.radius()  # calls: ::Circle.radius
        case Square() as s if s.side():  # calls: ::Square.side
            s.side()  # calls: ::Square.side
        case [Circle() as c, *_]:
            c.radius()  # calls: ::Circle.radius
        case Holder(item=shape):
            shape.area()  # calls: ::Shape.area
        case Shape() | Holder():
            x.area()  # calls: ::Shape.area
