// path: src/shapes.ts
export class Circle {
  area(): number { return 1 }
}
export function unit(): Circle { return new Circle() } // calls: ::Circle
export const double = (n: number) => n * 2
export default function measure() {}
const hidden = () => 1
export { hidden as shown }
export type Named = { name(): string }
// path: src/index.ts
export * from './shapes'
export { default as measured, double as twice } from './shapes'
export * as shapes from './shapes'
// path: src/app.ts
import measure, { Circle, unit as one, shown } from './shapes' // imports: src/shapes.ts, src/shapes.ts::Circle, src/shapes.ts::unit, src/shapes.ts::measure, src/shapes.ts::hidden
import * as all from './shapes'
import { measured, twice, shapes } from '.'
import { Circle as Round } from './index'
import type { Named } from './shapes'
measure() // calls: src/shapes.ts::measure [exact]
new Circle().area() // calls: src/shapes.ts::Circle, src/shapes.ts::Circle.area
one().area() // calls: src/shapes.ts::unit, src/shapes.ts::Circle.area
shown() // calls: src/shapes.ts::hidden
all.unit() // calls: src/shapes.ts::unit [exact]
all.default() // calls: src/shapes.ts::measure
measured() // calls: src/shapes.ts::measure
twice(1) // calls: src/shapes.ts::double
shapes.unit() // calls: src/shapes.ts::unit
new Round() // calls: src/shapes.ts::Circle
function greet(x: Named) { // references: src/shapes.ts::Named
  x.name() // calls: src/shapes.ts::Named.name
}
async function load() {
  const { unit } = await import('./shapes')
  unit() // calls: src/shapes.ts::unit
  import('./shapes').then((m) => m.default()) // calls: src/shapes.ts::measure
}
