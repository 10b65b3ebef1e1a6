# path: native/__init__.py
from ._speed import Engine, start


def go():
    start().run()  # calls: native/_speed.pyi::start, native/_speed.pyi::Engine.run
    return Engine()  # calls: native/_speed.pyi::Engine
# path: native/_speed.pyi
class Engine:
    def run(self) -> None: ...

def start() -> Engine: ...
