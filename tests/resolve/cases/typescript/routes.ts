// path: src/hono.ts
export class Context { json(body: unknown) {}; get(key: string) {} }
export type Next = () => Promise<void>
export type Handler = (c: Context, next: Next) => unknown
export class Hono {
  get(path: string, ...handlers: Handler[]): this { return this }
  use(...handlers: Handler[]) { return this }
  route(path: string, app: Hono): Hono { return this }
}
// path: src/app.ts
import { Hono, type Handler } from './hono'
const app = new Hono() // calls: src/hono.ts::Hono
const list: Handler = (c) => c.json([]) // calls: src/hono.ts::Context.json
export function show(c: Parameters<Handler>[0]) { c.json({}) } // calls: src/hono.ts::Context.json
app
  .get('/items', list) // calls: src/hono.ts::Hono.get; references: ::list
  .get('/items/:id', async (c, next) => { // calls: src/hono.ts::Hono.get
    await next()
    return c.json(c.get('id')) // calls: src/hono.ts::Context.json, src/hono.ts::Context.get
  })
app.use(show).route('/sub', new Hono()) // calls: src/hono.ts::Hono.use, src/hono.ts::Hono.route, src/hono.ts::Hono; references: ::show
