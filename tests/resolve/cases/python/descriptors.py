class Connection:
    def execute(self):
        return None


class Lazy:
    def __init__(self, f):
        self.f = f

    def __get__(self, instance, owner) -> Connection:
        return Connection()  # calls: ::Connection


class lazy_property:
    def __init__(self, f):
        self.f = f

    def __get__(self, instance, owner):
        return self.f(instance)


class Manager:
    def all(self):
        return [Connection()]  # calls: ::Connection


class Model:
    objects = Manager()  # calls: ::Manager
    connection = Lazy(None)  # calls: ::Lazy.__init__

    def _get_name(self):
        return Connection()  # calls: ::Connection

    name = property(_get_name)

    @lazy_property
    def computed(self):
        return Connection()  # calls: ::Connection

    @Lazy
    def other(self):
        return None

    def use(self):
        self.connection.execute()  # calls: ::Connection.execute
        self.name.execute()  # calls: ::Connection.execute
        self.computed.execute()  # calls: ::Connection.execute
        self.objects.all()  # calls: ::Manager.all


Model.objects.all()[0].execute()  # calls: ::Manager.all, ::Connection.execute
Model().connection.execute()  # calls: ::Model, ::Connection.execute


class Alias:
    def run(self):
        return None

    start = run
    make = classmethod(lambda cls: cls())


Alias().start()  # calls: ::Alias, ::Alias.run


class Settings:
    def __getattr__(self, name) -> Connection:
        return Connection()  # calls: ::Connection


Settings().anything.execute()  # calls: ::Settings, ::Connection.execute
