class Item { use() {} }
class Box<T> {
  constructor(private value: T) {}
  get(): T { return this.value }
  map<R>(f: (value: T) => R): Box<R> { return new Box(f(this.value)) } // calls: ::Box.constructor
}
class ItemBox extends Box<Item> {} // inherits: ::Box
function identity<T>(x: T): T { return x }
function first<T extends Item>(list: T[]): T {
  list[0].use() // calls: ::Item.use
  return list[0]
}
function create<T>(type: new () => T): T { return new type() }
declare const box: Box<Item>
box.get().use() // calls: ::Box.get, ::Item.use
new Box(new Item()).get().use() // calls: ::Box.constructor, ::Item, ::Box.get, ::Item.use
new ItemBox(new Item()).get().use() // calls: ::ItemBox, ::Item, ::Box.get, ::Item.use
identity(new Item()).use() // calls: ::identity, ::Item, ::Item.use
first([new Item()]).use() // calls: ::first, ::Item, ::Item.use
box.map((item) => item).get().use() // calls: ::Box.map, ::Box.get, ::Item.use
identity<Item>(JSON.parse('')).use() // calls: ::identity, ::Item.use
const m = new Map<string, Item>()
m.get('a')!.use() // calls: ::Item.use
create(Item).use() // calls: ::create, ::Item.use
class Items extends Array<Item> {
  all() { for (const item of this) item.use() } // calls: ::Item.use
}
class Sorted<T> extends Set<T> {}
new Items().map((item) => item.use()) // calls: ::Items, ::Item.use
function each(sorted: Sorted<Item>) {
  for (const item of sorted) item.use() // calls: ::Item.use
  sorted.forEach((item) => item.use()) // calls: ::Item.use
}
