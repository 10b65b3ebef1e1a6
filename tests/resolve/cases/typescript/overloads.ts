class Named { name() {} }
class Numbered { number() {} }
function pick(x: string): Named
function pick(x: number): Numbered
function pick(x: any): any { return x }
pick('a') // calls: ::pick~3 [exact]
pick('a').name() // calls: ::pick~3, ::Named.name
class Reader {
  read(): string
  read(size: number): string
  read(size?: number): string { return '' }
}
new Reader().read() // calls: ::Reader, ::Reader.read~3
declare function ambient(x: Named): Named
declare function ambient(x: Numbered): Numbered
ambient(new Named()) // calls: ::ambient~2, ::Named
interface Many {
  get(): Named
  get(key: string): Numbered
  get(key: number, more: Named): Many
}
declare const many: Many
many.get().name() // calls: ::Many.get~3, ::Named.name
many.get('x').number() // calls: ::Many.get~3, ::Numbered.number
many.get(1, new Named()).get() // calls: ::Many.get~3, ::Named
