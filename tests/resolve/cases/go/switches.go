package p

import "fmt"

type Shape interface{ Area() int }

type Square struct{}

func (Square) Area() int { return 1 }

func (Square) Side() int { return 1 }

type Circle struct{}

func (*Circle) Area() int { return 1 }

func (*Circle) Radius() int { return 1 }

func use(s Shape, v any) {
	switch x := s.(type) {
	case Square:
		x.Side() // calls: switches.go::Square.Side
	case *Circle:
		x.Radius() // calls: switches.go::Circle.Radius
	case nil:
		x.Area() // calls: switches.go::Shape.Area
	default:
		x.Area() // calls: switches.go::Shape.Area
	}
	switch v := v.(type) {
	case Square, *Circle:
		v.Area() // calls: nothing
	case Shape:
		v.Area() // calls: switches.go::Shape.Area
	case fmt.Stringer:
		v.String() // calls: external:fmt.Stringer.String
	case error:
		v.Error() // calls: external:builtin.error.Error
	case func() Shape:
		v().Area() // calls: switches.go::Shape.Area
	}
	switch c := pick(); { // calls: switches.go::pick
	case c.Area() > 1: // calls: switches.go::Shape.Area
		c.Area() // calls: switches.go::Shape.Area
	}
	if c, ok := v.(*Circle); ok && c.Radius() > 0 { // calls: switches.go::Circle.Radius
		c.Area() // calls: switches.go::Circle.Area
	}
	for i, c := 0, pick(); i < c.Area(); i++ { // calls: switches.go::pick, switches.go::Shape.Area
		c.Area() // calls: switches.go::Shape.Area
	}
}

func pick() Shape { return nil }
