function Animal(name) {
  this.name = name
  this.parts = new Parts() // calls: ::Parts
}
function Parts() { this.list = [] }
Parts.prototype.count = function () { return this.list.length }
Animal.prototype.speak = function () {
  this.parts.count() // calls: ::Parts.count
  return this.rename() // calls: ::Animal.rename
}
Animal.prototype.rename = function rename() { return this }
Animal.create = function () { return new Animal('x') } // calls: ::Animal
function Dog() { Animal.call(this, 'dog') } // calls: ::Animal; inherits: ::Animal
Dog.prototype = Object.create(Animal.prototype)
Dog.prototype.constructor = Dog
Dog.prototype.bark = function () { return this.speak() } // calls: ::Animal.speak
Object.assign(Dog.prototype, {
  sit() { this.bark() }, // calls: ::Dog.bark
})
Object.defineProperty(Dog.prototype, 'tail', { get() { return new Parts() } }) // calls: ::Parts
var Cat = function () { this.lives = 9 }
Cat.prototype = { meow: function () { this.purr() }, purr() {} } // calls: ::Cat.purr
require('util').inherits(Cat, Animal)
new Dog().bark() // calls: ::Dog, ::Dog.bark
new Dog().sit() // calls: ::Dog, ::Dog.sit
new Dog().tail.count() // calls: ::Dog, ::Parts.count
new Cat().meow() // calls: ::Cat, ::Cat.meow
new Cat().speak() // calls: ::Cat, ::Animal.speak
Animal.create().rename() // calls: ::Animal.create, ::Animal.rename
Dog.prototype.bark.call(new Dog()) // calls: ::Dog.bark, ::Dog
function Api() {}
Api.prototype.send = function () {}
;['get', 'post'].forEach(function (name) {
  Api.prototype[name] = function () { return this.send(name) } // calls: ::Api.send
})
