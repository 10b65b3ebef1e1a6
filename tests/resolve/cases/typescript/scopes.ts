function run() {}
class A { run() {} }
class B { run() {} }
{
  const run = () => 1
  run() // calls: ::run~2
}
run() // calls: ::run
hoisted() // calls: ::hoisted
function hoisted() {
  late() // calls: ::late
}
const late = () => {}
let x = new A() // calls: ::A
function shadow(run: () => void, A: typeof B) {
  run() // calls: nothing
  new A().run() // calls: ::B, ::B.run
}
for (const item of [new A(), new B()]) item.run() // calls: ::A, ::B, ::A.run, ::B.run
switch (1) {
  case 1: {
    const x = new B() // calls: ::B
    x.run() // calls: ::B.run
  }
  default:
    x.run() // calls: ::A.run
}
var v = 1
if (v) { var inner = new A() } // calls: ::A
inner.run() // calls: ::A.run
class Own {
  run() { run() } // calls: ::run
  field = run // references: ::run
}
