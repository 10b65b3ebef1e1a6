class Query { where() { return this }; limit(n: number) { return new Query() } } // calls: ::Query
function build() { return new Query() } // calls: ::Query
const query = build() // calls: ::build
query.where().limit(1).where() // calls: ::Query.where, ::Query.limit
const made = [1, 2].map(() => new Query()) // calls: ::Query
made[0].where() // calls: ::Query.where
made.filter((q) => q.where()).forEach((q) => q.limit(1)) // calls: ::Query.where, ::Query.limit
let later
later = new Query() // calls: ::Query
later.where() // calls: ::Query.where
const chosen = Math.random() ? build() : undefined // calls: ::build
chosen?.where() // calls: ::Query.where
const config = { query: build(), run() { return this.query } } // calls: ::build
config.run().where() // calls: ::config.run, ::Query.where
function* produce() { yield new Query() } // calls: ::Query
for (const q of produce()) q.where() // calls: ::produce, ::Query.where
async function* stream() { yield new Query() } // calls: ::Query
async function consume() {
  for await (const q of stream()) q.where() // calls: ::stream, ::Query.where
}
const apply = <T>(f: (q: Query) => T) => f(new Query()) // calls: ::Query
apply((q) => q.where()) // calls: ::apply, ::Query.where
function defaults(q = new Query(), { inner = new Query() } = {}) { // calls: ::Query
  q.where() // calls: ::Query.where
  inner.where() // calls: ::Query.where
}
const timer = setTimeout(() => query.where(), 1) // calls: ::Query.where
const tagged = (parts: TemplateStringsArray, ...values: unknown[]) => new Query() // calls: ::Query
tagged`a ${build()}`.where() // calls: ::tagged, ::build, ::Query.where
try { build() } catch (error) { error.where() } // calls: ::build, ::Query.where
