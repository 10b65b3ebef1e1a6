function target() { return new Made() } // calls: ::Made
class Made { use() {} }
const alias = target
alias().use() // calls: ::target, ::Made.use
function run(callback) { return callback() } // calls: ::target
run(target).use() // calls: ::run, ::Made.use
const bound = target.bind(null)
bound() // calls: ::target
target.call(null) // calls: ::target
target.apply(null, []) // calls: ::target
;(function () { target() })() // calls: ::target
const immediate = (() => target())() // calls: ::target
immediate.use() // calls: ::Made.use
function identity(x) { return x }
identity(target)() // calls: ::identity, ::target
function outer() {
  function inner() { return target } 
  return inner
}
outer()()() // calls: ::outer, ::outer.inner, ::target
class Timer {
  start() {
    const self = this
    setTimeout(function () { self.tick() }, 1) // calls: ::Timer.tick
    setTimeout(function () { this.tick() }.bind(this), 1) // calls: ::Timer.tick
    setTimeout(() => this.tick(), 1) // calls: ::Timer.tick
  }
  tick() {}
}
function later(made) { made.use() } // calls: ::Made.use
later(new Made()) // calls: ::later, ::Made
function rest(...all) { all[0].use() } // calls: ::Made.use
rest(new Made()) // calls: ::rest, ::Made
new Promise((resolve) => resolve(new Made())) // calls: ::Made
var self = this
