// path: go.mod
module example.com/m

// path: a/a.go
package a

var Default = build() // calls: a/b.go::build

func Use() {
	build().Run() // calls: a/b.go::build, a/b.go::Thing.Run
	init() // calls: nothing
}

// path: a/b.go
package a

type Thing struct{}

func build() *Thing { return nil }

func (t *Thing) Run() {
	Default.Run() // calls: a/b.go::Thing.Run
}

func init() {
	build() // calls: a/b.go::build
}

func init() {
	Use() // calls: a/a.go::Use
}

// path: a/a_test.go
package a

import "testing"

func build2() *Thing { return build() } // calls: a/b.go::build

func TestUse(t *testing.T) {
	build2() // calls: a/a_test.go::build2
	t.Fatal("x") // calls: external:testing.T.Fatal
}

// path: a/x_test.go
package a_test

import (
	"testing"

	"example.com/m/a"
)

func build() {}

func TestExternal(t *testing.T) {
	a.Use() // calls: a/a.go::Use
	build() // calls: a/x_test.go::build
}

// path: b/c.go
package b

func build() {}

func Use() {
	build() // calls: b/c.go::build
}
