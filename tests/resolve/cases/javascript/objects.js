const counter = {
  value: 0,
  up() { return this.add(1) }, // calls: ::counter.add
  add: function (n) { this.value += n },
  nested: { reset: () => counter.up() }, // calls: ::counter.up
  get next() { return this },
}
counter.up() // calls: ::counter.up
counter.nested.reset() // calls: ::counter.nested.reset
counter.next.add(1) // calls: ::counter.add
counter.late = function () { this.up() } // calls: ::counter.up
counter.late() // calls: ::counter.late
const { up, add: plus } = counter
up() // calls: ::counter.up
plus() // calls: ::counter.add
const key = 'up'
counter[key]() // calls: ::counter.up
const copy = { ...counter, own() {} }
copy.add() // calls: ::counter.add
copy.own() // calls: ::copy.own
const table = { a: one, b: two }
function one() {}
function two() {}
table[process.argv[2]]() // calls: ::one, ::two
const list = [one]
list.push(two)
list.forEach((f) => f()) // calls: ::one, ::two
const factory = () => ({ run() {} })
factory().run() // calls: ::factory, ::factory.run
Object.values(table).map((f) => f()) // calls: ::one, ::two
