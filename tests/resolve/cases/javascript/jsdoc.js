// path: model.js
/** @typedef {import('./other').Other} Other */
/**
 * @typedef {object} Options
 * @property {Other} other - what else
 * @property {string} [name]
 */
class Model {
  constructor() {
    /** @type {Other[]} */
    this.others = []
  }
  /**
   * @param {Options} options
   * @param {Map<string, Other>} [table]
   * @returns {Other}
   */
  pick(options, table) {
    options.other.go() // calls: other.js::Other.go
    this.others[0].go() // calls: other.js::Other.go
    for (const each of this.others) each.go() // calls: other.js::Other.go
    return table.get('x')
  }
  same() {
    const found = /** @type {Other} */ (search())
    found.go() // calls: other.js::Other.go
  }
}
module.exports = Model
// path: other.js
class Other { go() {} }
exports.Other = Other
// path: use.js
/** @type {import('./model')} */
let model
model.pick({}).go() // calls: model.js::Model.pick, other.js::Other.go
/** @param {?Missing|number} x */
function careful(x) { x.go() } // calls: nothing
