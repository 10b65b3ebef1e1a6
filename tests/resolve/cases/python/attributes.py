class Engine:
    def start(self):
        return self


class Car:
    default = Engine()  # calls: ::Engine

    def __init__(self, spare=None):
        self.engine = Engine()  # calls: ::Engine
        self.engines = [Engine(), Engine()]  # calls: ::Engine
        self.parts = {"main": Engine()}  # calls: ::Engine
        self.extra = []
        self.spare = spare or Engine()  # calls: ::Engine
        self.run = self.drive

    def add(self):
        self.extra.append(Engine())  # calls: ::Engine

    def drive(self):
        self.engine.start()  # calls: ::Engine.start
        self.default.start()  # calls: ::Engine.start
        self.parts["main"].start()  # calls: ::Engine.start
        self.engines[0].start()  # calls: ::Engine.start
        self.spare.start()  # calls: ::Engine.start
        for each in self.engines:
            each.start()  # calls: ::Engine.start
        for each in self.extra:
            each.start()  # calls: ::Engine.start
        self.run()  # calls: ::Car.drive


class Sports(Car):
    def drive(self):
        self.engine.start()  # calls: ::Engine.start
        Car.default.start()  # calls: ::Engine.start


Car.default.start()  # calls: ::Engine.start
car = Car()  # calls: ::Car.__init__
car.engine.start()  # calls: ::Engine.start
car.engine.stop()  # calls: nothing


class Bag:
    pass


bag = Bag()  # calls: ::Bag
bag.engine = Engine()  # calls: ::Engine
bag.engine.start()  # calls: ::Engine.start


def counted():
    counted.engine.start()  # calls: ::Engine.start


counted.engine = Engine()  # calls: ::Engine


class Later:
    engine = None

    def prepare(self):
        self.engine = Engine()  # calls: ::Engine

    def use(self):
        self.engine.start()  # calls: ::Engine.start


class Swapped:
    def __init__(self):
        self.first, self.second = Engine(), Car()  # calls: ::Engine, ::Car.__init__

    def go(self):
        self.first.start()  # calls: ::Engine.start
        self.second.drive()  # calls: ::Car.drive


class Declared:
    item: Engine

    def __init__(self, item):
        self.item = item
        self.state = item

    @property
    def state(self) -> Engine:
        return self.item

    @state.setter
    def state(self, value):
        self.item = value


class Redeclares(Declared):
    def reset(self):
        self.item = Bag()  # calls: ::Bag
        self.state = None

    def use(self):
        self.item.start()  # calls: ::Engine.start [inferred]
        self.state.start()  # calls: ::Engine.start; references: ::Declared.state
