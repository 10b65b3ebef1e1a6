// path: gaps.ts
class Circle { radius() {}; kind = 'circle' as const }
class Square { side() {}; kind = 'square' as const }
class Arc { radius() {} }
class Disk { radius() {} }
class Ring { radius() {} } // so many that a name alone says nothing
function area(shape: Circle | Square) {
  if (shape.kind === 'circle') shape.radius() // calls: ::Circle.radius
  if ('side' in shape) shape.side() // calls: ::Square.side
}
const made = new Promise((resolve) => resolve(new Circle())) // calls: ::Circle
made.then((circle) => circle.radius()) // gap calls: ::Circle.radius
const table = new Map()
table.set('a', new Circle()) // calls: ::Circle
table.get('a').radius() // gap calls: ::Circle.radius
type Ctor<T = {}> = new (...args: any[]) => T
function Tagged<B extends Ctor>(Base: B) {
  return class extends Base { tag() {} }
}
class Named { name() {} }
class Nick { name() {} }
class Title { name() {} }
const TaggedNamed = Tagged(Named) // calls: ::Tagged
new TaggedNamed().name() // gap calls: ::Named.name
const registry = { circle: Circle, square: Square }
type Kinds = { [K in keyof typeof registry]: InstanceType<(typeof registry)[K]> }
function pick(kinds: Kinds) {
  kinds.circle.radius() // gap calls: ::Circle.radius
}
function curry<A, B, C>(f: (a: A, b: B) => C) { return (a: A) => (b: B) => f(a, b) }
const curried = curry((a: Circle, b: Square) => a)
curried(new Circle())(new Square()).radius() // gap calls: ::Circle, ::Square, ::Circle.radius
// path: lib.ts
export interface Registry { base(): void }
// path: plugin.ts
import type { Registry } from './lib'
declare module './lib' { interface Registry { added(): void } }
export function use(registry: Registry) {
  registry.base() // calls: lib.ts::Registry.base
  registry.added() // gap calls: plugin.ts::Registry.added
}
