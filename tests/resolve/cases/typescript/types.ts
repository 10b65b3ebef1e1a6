class User { rename() {}; posts: Post[] = [] }
class Post { publish() {} }
type Maybe<T> = T | null | undefined
type Store = Map<string, User>
type Loader = () => Promise<User>
type Owner = User & { owned: Set<Post> }
type Field = User['posts']
type Api = typeof api
type Both = Readonly<User> & Partial<Owner>
const api = { first: new User(), load: async () => new User() } // calls: ::User
function all(maybe: Maybe<User>, store: Store, load: Loader, owner: Owner, field: Field, a: Api, both: Both) {
  maybe?.rename() // calls: ::User.rename
  maybe!.posts[0].publish() // calls: ::Post.publish
  store.get('x')!.rename() // calls: ::User.rename
  for (const [key, user] of store) user.rename() // calls: ::User.rename
  for (const user of store.values()) user.rename() // calls: ::User.rename
  load().then((user) => user.rename()) // calls: ::User.rename
  owner.rename() // calls: ::User.rename
  owner.owned.forEach((post) => post.publish()) // calls: ::Post.publish
  field[0].publish() // calls: ::Post.publish
  a.first.rename() // calls: ::User.rename
  both.rename() // calls: ::User.rename
}
async function later(load: Loader) {
  const user = await load()
  user.rename() // calls: ::User.rename
  const [one, two] = await Promise.all([load(), load()])
  one.rename() // calls: ::User.rename
  ;(await api.load()).rename() // calls: ::api.load, ::User.rename
}
function cast(x: unknown) {
  ;(x as User).rename() // calls: ::User.rename
  const list = <Post[]>x
  list.pop()?.publish() // calls: ::Post.publish
  if (x instanceof User) x.rename() // calls: ::User.rename
  if (!(x instanceof Post)) return
  x.publish() // calls: ::Post.publish
}
function tested(value: string | User, holder: { error?: unknown }) {
  if (typeof value === 'string') value.rename() // calls: nothing
  if (holder.error instanceof User) holder.error.rename() // calls: ::User.rename
  value instanceof User && value.rename() // calls: ::User.rename
}
function tuple(): [User, Post] { return [new User(), new Post()] } // calls: ::User, ::Post
const [u, p] = tuple() // calls: ::tuple
u.rename() // calls: ::User.rename
p.publish() // calls: ::Post.publish
const { posts: [firstPost], ...others } = new User() // calls: ::User
firstPost.publish() // calls: ::Post.publish
type Cond<T> = T extends string ? User : Post
declare const cond: Cond<string>
cond.rename() // calls: ::User.rename
type Mapped = { [K in 'a' | 'b']: User }
declare const mapped: Mapped
mapped['a'].rename() // calls: ::User.rename
