package p

type Stack struct {
	top  *node
	size Size
}

type node struct {
	next  *node
	value int
}

type Size int

func (s Size) Add(n int) Size { return s }

func (s *Stack) Push(v int) *Stack {
	s.top = &node{next: s.top, value: v} // references: methods.go::node, methods.go::node.next, methods.go::node.value, methods.go::Stack.top
	s.grow() // calls: methods.go::Stack.grow [exact]
	return s
}

func (s *Stack) grow() {
	s.size.Add(1).Add(2) // calls: methods.go::Size.Add
	s.top.next.next.walk() // calls: methods.go::node.walk
}

func (n *node) walk() {}

func (Stack) grow2() {}

func use() {
	var s Stack
	s.Push(1).Push(2).grow2() // calls: methods.go::Stack.Push, methods.go::Stack.grow2
	(&s).Push(1) // calls: methods.go::Stack.Push
	p := &s
	(*p).Push(2) // calls: methods.go::Stack.Push
	new(Stack).Push(1) // calls: methods.go::Stack.Push, external:builtin.new
	pp := &p
	(*pp).Push(3) // calls: methods.go::Stack.Push
	Size(3).Add(1) // calls: methods.go::Size.Add
}
