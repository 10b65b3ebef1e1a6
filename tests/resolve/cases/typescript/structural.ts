// path: structural.ts
class Disk { read() {} }
type Files = { open: (name: string) => Disk; root: Disk; list(): Disk[] }
const disk: Files = {
  root: new Disk(), // calls: ::Disk
  open(name) { return this.root },
  list: () => [],
}
disk.open('x').read() // calls: ::Disk.read; references: ::Files.open
import * as path from './tools'
function save() {}
const actions = { save() { save() }, load: ((name: string) => save()) as Loader } // calls: ::save
type Loader = (name: string) => void
actions.save() // calls: ::actions.save
actions.load('x') // calls: ::actions.load
function bound(this: Disk) { this.read() } // calls: ::Disk.read
const methods = {
  twice(this: Disk) {
    this.read() // calls: ::Disk.read
  },
}
const all = { ...path, own: 1 }
all.join('a', 'b') // calls: tools.ts::join
// path: tools.ts
export function join(...parts: string[]) {}
