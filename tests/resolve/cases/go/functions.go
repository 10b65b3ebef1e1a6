package p

type Handler func(c *Ctx)

func (h Handler) Serve() {
	h(nil) // calls: nothing
}

type Ctx struct {
	next Handler
	make func() *Ctx
}

func (c *Ctx) Next() {
	c.next(c) // references: functions.go::Ctx.next; calls: nothing
	c.make().Next() // calls: functions.go::Ctx.Next
}

func log(c *Ctx) {}

func wrap(h Handler) Handler {
	return func(c *Ctx) {
		h(c)
		c.Next() // calls: functions.go::Ctx.Next
	}
}

func maker() func() *Ctx { return nil }

var hook = func(c *Ctx) {
	log(c) // calls: functions.go::log
}

var table = map[string]Handler{"log": log} // references: functions.go::log, functions.go::Handler

func use(c *Ctx) {
	wrap(log).Serve() // calls: functions.go::wrap, functions.go::Handler.Serve
	Handler(log).Serve() // calls: functions.go::Handler.Serve
	f := log
	f(c) // calls: functions.go::log
	hook(c) // calls: functions.go::hook
	m := c.Next // references: functions.go::Ctx.Next
	m() // calls: functions.go::Ctx.Next
	(*Ctx).Next(c) // calls: functions.go::Ctx.Next
	g := (*Ctx).Next
	g(c) // calls: functions.go::Ctx.Next
	maker()().Next() // calls: functions.go::maker, functions.go::Ctx.Next
	go log(c) // calls: functions.go::log
	defer c.Next() // calls: functions.go::Ctx.Next
	func() {
		log(c) // calls: functions.go::log
	}()
	each(func(x *Ctx) {
		x.Next() // calls: functions.go::Ctx.Next
	}) // calls: nothing
	done := func() *Ctx { return c }
	done().Next() // calls: functions.go::Ctx.Next
	table["log"](c) // calls: nothing
}

func each(f func(*Ctx)) { f(nil) }
