package p

import "cmp"

type Node struct{}

func (n *Node) Visit() *Node { return n }

type Named interface{ Name() string }

type Box[T any] struct {
	value T
	next  *Box[T]
}

func (b *Box[T]) Get() T { return b.value }

func (b *Box[V]) Put(v V) *Box[V] {
	b.Get() // calls: generics.go::Box.Get
	return b
}

type Pair[K comparable, V any] struct {
	Key K
	Val V
}

type List[T any] []T

func (l List[T]) First() T { return l[0] }

func NewBox[T any](v T) *Box[T] { return &Box[T]{value: v} }

func Map[A, B any](xs []A, f func(A) B) []B { return nil }

func Filter[T any](xs []T, keep func(T) bool) []T { return xs }

func Zero[T any]() T {
	var z T
	return z
}

func Max[T cmp.Ordered](a, b T) T { return a }

func Describe[T Named](x T) string {
	return x.Name() // calls: generics.go::Named.Name
}

func Keys[M ~map[K]V, K comparable, V any](m M) []K { return nil }

func use(n *Node, xs []*Node) {
	NewBox(n).Get().Visit() // calls: generics.go::NewBox, generics.go::Box.Get, generics.go::Node.Visit
	b := Box[*Node]{value: n} // references: generics.go::Box, generics.go::Box.value, generics.go::Node
	b.Get().Visit() // calls: generics.go::Box.Get, generics.go::Node.Visit
	b.next.value.Visit() // calls: generics.go::Node.Visit
	b.Put(n).Get().Visit() // calls: generics.go::Box.Put, generics.go::Box.Get, generics.go::Node.Visit
	p := Pair[string, *Node]{}
	p.Val.Visit() // calls: generics.go::Node.Visit
	p.Key.Visit() // calls: nothing
	Zero[*Node]().Visit() // calls: generics.go::Zero, generics.go::Node.Visit
	Filter(xs, nil)[0].Visit() // calls: generics.go::Filter, generics.go::Node.Visit
	Map(xs, func(x *Node) *Node { return x })[0].Visit() // calls: generics.go::Map, generics.go::Node.Visit
	Map[int, *Node](nil, nil)[0].Visit() // calls: generics.go::Map, generics.go::Node.Visit
	List[*Node](xs).First().Visit() // calls: generics.go::List.First, generics.go::Node.Visit
	var l List[*Node]
	l[0].Visit() // calls: generics.go::Node.Visit
	Max(1, 2) // calls: generics.go::Max
}

type Meters int

func (m Meters) Show() {}

func Convert[T Number, U Shown](x T, u U) {
	T(3).Visit() // calls: nothing
	U(u).Show() // calls: generics.go::Shown.Show
}

type Number interface{ ~int | ~float64 }

type Shown interface{ Show() }
