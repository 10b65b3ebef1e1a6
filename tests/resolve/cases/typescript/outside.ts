import express, { Router } from 'express'
class Local {
  get(path: string) {}
  split() {}
  map() {}
  then() {}
  json() {}
  push() {}
}
const app = express() // calls: external:express
app.get('/', (req, res) => res.json({})) // calls: nothing
Router().get('/') // calls: nothing
'a b'.split(' ').map((x) => x) // calls: nothing
;[1].push(2) // calls: nothing
Promise.resolve(1).then(() => 1) // calls: nothing
fetch('/x').then((r) => r.json()) // calls: nothing
new Map<string, Local>().get('a') // calls: nothing
console.log(1) // calls: external:console.log
`${1}`.split('') // calls: nothing
;(1).toFixed().split('') // calls: nothing
