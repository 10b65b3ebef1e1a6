class Item:
    def use(self):
        return None


class Stack[T: Item]:
    def __init__(self) -> None:
        self.items: list[T] = []

    def pop(self) -> T:
        self.items[0].use()  # calls: ::Item.use
        return self.items.pop()


def pick[T](xs: list[T]) -> T:
    return xs[0]


type Items = list[Item]


def run(stack: Stack[Item], items: Items):
    stack.pop().use()  # calls: ::Stack.pop, ::Item.use
    pick(items).use()  # calls: ::pick, ::Item.use
    pick([Item()]).use()  # calls: ::pick, ::Item, ::Item.use
