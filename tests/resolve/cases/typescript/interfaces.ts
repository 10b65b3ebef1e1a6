interface Handler<T = Context> {
  (context: T): void
}
class Context {
  send() {}
}
interface Options {
  onOpen?: Handler
  onClose(reason: string, context: Context): void
  nested: { deep: (context: Context) => void }
  items: Context[]
}
interface More extends Options { // inherits: ::Options
  extra(): Context
}
function start(options: Options, ...rest: Handler[]) {
  options.onClose('x', new Context()) // calls: ::Options.onClose, ::Context
  options.items[0].send() // calls: ::Context.send
  options.items.forEach((item) => item.send()) // calls: ::Context.send
}
start({ // calls: ::start
  onOpen: (c) => c.send(), // calls: ::Context.send
  onClose(reason, c) {
    c.send() // calls: ::Context.send
  },
  nested: { deep: (c) => c.send() }, // calls: ::Context.send
  items: [],
})
const handler: Handler = (c) => c.send() // calls: ::Context.send
handler(new Context()) // calls: ::handler, ::Context
function make(): Handler {
  return (c) => {
    c.send() // calls: ::Context.send
  }
}
const maker: () => Handler = () => (c) => c.send() // calls: ::Context.send
function use(more: More) {
  more.extra().send() // calls: ::More.extra, ::Context.send
  more.items.map((i) => i).find((i) => i)?.send() // calls: ::Context.send
}
interface More { // a second declaration merges with the first
  second(): Context
}
declare const both: More
both.second().send() // calls: ::More~2.second, ::Context.send
interface Factory { new (name: string): Context }
function build(factory: Factory) {
  new factory('x').send() // calls: ::Context.send
}
