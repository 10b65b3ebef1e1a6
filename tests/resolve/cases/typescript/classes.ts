interface Shape {
  area(): number
}
abstract class Base implements Shape { // inherits: ::Shape; implements: ::Shape
  constructor(protected readonly log: Log, size = 1) {}
  abstract area(): number // implements: ::Shape.area
  describe() {
    this.log.write() // calls: ::Log.write
    return this.area() // calls: ::Base.area
  }
  static make(): Base { return new Square(new Log()) } // calls: ::Square.constructor, ::Log
}
class Log {
  write() {}
  static shared = new Log() // calls: ::Log
  #secret() {}
  open() { this.#secret() } // calls: ::Log.#secret
}
class Square extends Base { // inherits: ::Base
  side: Side = { length: 2 }
  private cache?: Log
  handler = () => this.area() // calls: ::Square.area
  constructor(log: Log) {
    super(log) // calls: ::Base.constructor
    this.cache = log
  }
  area() { return super.describe() } // calls: ::Base.describe; overrides: ::Base.area; implements: ::Shape.area
  get twin(): Square { return this }
  static {
    Square.make() // calls: ::Base.make
  }
  static other() { return super.make() } // calls: ::Base.make
}
type Side = { length: number }
const s = new Square(Log.shared) // calls: ::Square.constructor; references: ::Log.shared
s.describe() // calls: ::Base.describe
s.handler() // calls: ::Square.handler
s.twin.twin.area() // calls: ::Square.area; references: ::Square.twin
Log.shared.write() // calls: ::Log.write
Base.make().area() // calls: ::Base.make, ::Base.area
s['describe']() // calls: ::Base.describe
s.toFixed() // calls: nothing
const Mixed = class extends Log {} // inherits: ::Log
new Mixed().write() // calls: ::Mixed, ::Log.write
