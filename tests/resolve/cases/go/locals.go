package p

import (
	"errors"
	"os"
	"strings"
)

type Conn struct{ peer *Peer }

type Peer struct{ conns map[string]*Conn }

type Opts struct{ Conns []Conn }

func (c *Conn) Send() (*Peer, error) { return c.peer, nil }

func (p *Peer) Close() error { return nil }

func (o Opts) Count() int { return len(o.Conns) } // calls: external:builtin.len

func dial(addr string) (*Conn, *Peer, error) { return nil, nil, nil }

func pair() (a, b *Conn) { return }

func use() {
	c, p, err := dial("x") // calls: locals.go::dial
	if err != nil {
		err.Error() // calls: external:builtin.error.Error
	}
	c.Send() // calls: locals.go::Conn.Send
	p.Close() // calls: locals.go::Peer.Close
	if peer, err := c.Send(); err == nil { // calls: locals.go::Conn.Send
		peer.Close() // calls: locals.go::Peer.Close
	} else {
		peer.Close() // calls: locals.go::Peer.Close
	}
	peer.Close() // calls: locals.go::Peer.Close
	a, b := pair() // calls: locals.go::pair
	a.Send(); b.Send() // calls: locals.go::Conn.Send
	var q, r = c.Send() // calls: locals.go::Conn.Send
	q.Close(); r.Error() // calls: locals.go::Peer.Close, external:builtin.error.Error
	x, y := new(Conn), Opts{} // references: locals.go::Conn, locals.go::Opts
	x.Send(); y.Count() // calls: locals.go::Conn.Send, locals.go::Opts.Count
	if conn, ok := p.conns["a"]; ok {
		conn.Send() // calls: locals.go::Conn.Send
	}
	f, _ := os.Open("x") // calls: external:os.Open
	f.Close() // calls: external:os.File.Close
	s := strings.NewReplacer("a", "b") // calls: external:strings.NewReplacer
	s.Replace("x") // calls: external:strings.Replacer.Replace
	e := errors.New("x") // calls: external:errors.New
	e.Error() // calls: external:builtin.error.Error
	"text".Close() // calls: nothing
	{
		c := p
		c.Close() // calls: locals.go::Peer.Close
	}
	c.Send() // calls: locals.go::Conn.Send
	c = nil
	c.Send() // calls: locals.go::Conn.Send
}

func shadow(use int, dial func()) {
	dial() // calls: nothing
	len := func(x int) {}
	len(1) // calls: nothing
}
