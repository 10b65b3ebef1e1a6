// path: lib/shapes.js
class Circle { area() {} }
exports.unit = function () { return new Circle() } // calls: ::Circle
exports.Circle = Circle
module.exports.twice = (n) => n
// path: lib/single.js
module.exports = function single() { return new Single() } // calls: ::Single
class Single { go() {} }
module.exports.extra = function () {}
// path: lib/object.js
const helper = () => {}
module.exports = { helper, named() { helper() }, other: require('./single') } // calls: ::helper
// path: lib/index.js
var api = exports = module.exports = {}
api.create = function create() { return api.init() } // calls: ::init
api.init = function () { return this.create() } // calls: ::create
// path: app.js
const shapes = require('./lib/shapes')
const { unit, Circle: Round } = require('./lib/shapes.js')
const single = require('./lib/single')
const object = require('./lib/object')
const api = require('./lib')
const fs = require('fs')
shapes.unit().area() // calls: lib/shapes.js::unit, lib/shapes.js::Circle.area
unit() // calls: lib/shapes.js::unit
new Round().area() // calls: lib/shapes.js::Circle, lib/shapes.js::Circle.area
shapes.twice(1) // calls: lib/shapes.js::twice
single().go() // calls: lib/single.js::single, lib/single.js::Single.go
single.extra() // calls: lib/single.js::extra
object.helper() // calls: lib/object.js::helper
object.named() // calls: lib/object.js::named
object.other() // calls: lib/single.js::single
api.create() // calls: lib/index.js::create
require('./lib/single')() // calls: lib/single.js::single
fs.readFileSync('x') // calls: external:fs.readFileSync
// path: esm.mjs
import single, { extra } from './lib/single.js'
import { unit } from './lib/shapes.js'
import * as object from './lib/object.js'
single() // calls: lib/single.js::single
unit() // calls: lib/shapes.js::unit
object.named() // calls: lib/object.js::named
extra() // calls: lib/single.js::extra
