// path: a.go
package p

import "sync"

type Base struct {
	sync.Mutex
	log Logger
}

func (b *Base) ID() int { return 0 }

func (b *Base) Name() string { return "" }

type Logger interface {
	Log(s string)
}

type Middle struct { // inherits: a.go::Base, a.go::Logger
	*Base
	Logger
}

func (m *Middle) Name() string { // overrides: a.go::Base.Name
	return m.Base.Name() // calls: a.go::Base.Name
}

type Top struct { // inherits: a.go::Middle, b.go::Other
	Middle
	Other
}

func use(t Top) {
	t.ID() // calls: a.go::Base.ID
	t.Name() // calls: a.go::Middle.Name
	t.Log("x") // calls: a.go::Logger.Log
	t.log.Log("y") // calls: a.go::Logger.Log
	t.Middle.Base.ID() // calls: a.go::Base.ID
	t.Only() // calls: b.go::Other.Only
	t.Lock() // calls: external:sync.Mutex.Lock
	t.Missing() // calls: nothing
}

// path: b.go
package p

type Other struct{}

func (Other) Only() {}

func (Other) unused() {}
