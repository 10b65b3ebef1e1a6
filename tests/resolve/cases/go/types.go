// path: go.mod
module example.com/m

// path: a.go
package m

import "example.com/m/sub"

type Alias = sub.Real

type Derived sub.Real

type Kind int

const (
	A Kind = iota
	B
)

var registry = sub.New()

var one, two = sub.Two() // calls: sub/sub.go::Two

func (k Kind) String() string { return "" }

func use(a Alias, d Derived, r sub.Real) { // references: a.go::Alias, a.go::Derived, sub/sub.go::Real
	a.Method() // calls: sub/sub.go::Real.Method
	d.Method() // calls: nothing
	d.Field.Inner() // calls: sub/sub.go::Field.Inner
	A.String() // calls: a.go::Kind.String
	B.String() // calls: a.go::Kind.String
	(A | B).String() // calls: a.go::Kind.String
	registry.Method() // calls: sub/sub.go::Real.Method
	two.Inner() // calls: sub/sub.go::Field.Inner
	sub.Shared.Method() // calls: sub/sub.go::Real.Method
	type local struct{ r sub.Real }
	l := local{}
	l.r.Method() // calls: sub/sub.go::Real.Method
	var anon struct {
		f sub.Field
	}
	anon.f.Inner() // calls: sub/sub.go::Field.Inner
	_ = sub.Limit // references: sub/sub.go::Limit
}

// path: sub/sub.go
package sub

type Real struct {
	Field Field
}

type Field struct{}

const Limit = 3

var Shared *Real

func New() *Real { return nil }

func Two() (*Real, Field) { return nil, Field{} }

func (*Real) Method() {}

func (Field) Inner() {}
