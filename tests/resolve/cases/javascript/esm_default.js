// path: a.js
export default class { go() {} }
// path: b.js
export default () => 1
// path: c.js
const value = { go() {} }
export default value
// path: d.js
export default { go() {} }
// path: app.js
import A from './a.js'
import b from './b.js'
import c from './c.js'
import d from './d.js'
new A().go() // calls: a.js::default, a.js::default.go
b() // calls: b.js::default
c.go() // calls: c.js::value.go
d.go() // calls: d.js::go
