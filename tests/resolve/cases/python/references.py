LIMIT = 10
settings = {"a": 1}


class Problem(Exception):
    pass


class Config:
    DEBUG = False
    name: str = ""

    @property
    def path(self):
        return ""


def show(config: Config) -> Problem:  # references: ::Config, ::Problem
    if config.DEBUG:  # references: ::Config.DEBUG
        return settings  # references: ::settings
    config.path  # references: ::Config.path
    other = LIMIT  # references: ::LIMIT
    return other


def catch(x):
    try:
        return isinstance(x, Config)  # references: ::Config
    except Problem:  # references: ::Problem
        return [Config]  # references: ::Config


callbacks = [show, catch]  # references: ::show, ::catch
local_only = 1


def shadow(LIMIT):
    return LIMIT  # references: nothing
