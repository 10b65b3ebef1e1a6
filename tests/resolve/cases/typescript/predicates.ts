class Circle { radius() {} }
class Arc { radius() {} }
class Disk { radius() {} }
function isCircle(x: unknown): x is Circle { return true }
function isReady(x: unknown) { return true }
class Shapes {
  isArc(x: unknown): x is Arc { return true }
  all(x: unknown) {
    if (this.isArc(x)) x.radius() // calls: ::Shapes.isArc, ::Arc.radius
  }
}
function use(x: unknown, y: Disk, shapes: Shapes, box: { inner: unknown }) {
  if (isCircle(x)) x.radius() // calls: ::isCircle, ::Circle.radius
  else x.radius() // calls: nothing
  if (isReady(y)) y.radius() // calls: ::isReady, ::Disk.radius
  if (Array.isArray(y)) y.radius() // calls: ::Disk.radius
  if (shapes.isArc(x)) x.radius() // calls: ::Shapes.isArc, ::Arc.radius
  if (isCircle(box.inner)) box.inner.radius() // calls: ::isCircle, ::Circle.radius
  if (!isCircle(x)) return
  x.radius() // calls: ::Circle.radius
}
