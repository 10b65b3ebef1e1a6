package p

type Item struct{ tags []Tag }

type Tag string

func (i *Item) Do() *Item { return i }

func (t Tag) Norm() {}

type Items []*Item

func (is Items) First() *Item { return is[0] }

type Index map[string][]Item

type Chan chan *Item

func use(list []*Item, byName map[string]Item, arr [3]Item, ch chan *Item, ix Index, is Items, named Chan, nested map[Tag]map[string][]*Item, more ...*Item) {
	list[0].Do() // calls: containers.go::Item.Do
	list[1:2][0].Do() // calls: containers.go::Item.Do
	byName["x"].tags[0].Norm() // calls: containers.go::Tag.Norm
	arr[0].Do() // calls: containers.go::Item.Do
	(<-ch).Do() // calls: containers.go::Item.Do
	ix["a"][0].Do() // calls: containers.go::Item.Do
	is.First().Do() // calls: containers.go::Items.First, containers.go::Item.Do
	is[1:].First() // calls: containers.go::Items.First
	nested["a"]["b"][0].Do() // calls: containers.go::Item.Do
	for _, x := range list {
		x.Do() // calls: containers.go::Item.Do
	}
	for k, v := range nested {
		k.Norm() // calls: containers.go::Tag.Norm
		for _, w := range v {
			w[0].Do() // calls: containers.go::Item.Do
		}
	}
	for x := range ch {
		x.Do() // calls: containers.go::Item.Do
	}
	for x := range named {
		x.Do() // calls: containers.go::Item.Do
	}
	for _, xs := range ix {
		xs[0].Do() // calls: containers.go::Item.Do
	}
	for i := range is {
		is[i].Do() // calls: containers.go::Item.Do
		i.Do() // calls: nothing
	}
	for _, m := range more {
		m.Do() // calls: containers.go::Item.Do
	}
	select {
	case x := <-ch:
		x.Do() // calls: containers.go::Item.Do
	case x, ok := <-named:
		x.Do() // calls: containers.go::Item.Do
		_ = ok
	}
	made := make([]Item, 3) // calls: external:builtin.make
	made[0].Do() // calls: containers.go::Item.Do
	made = append(made, Item{})
	append(made, Item{})[0].Do() // calls: containers.go::Item.Do, external:builtin.append
	lit := []*Item{{}, {tags: nil}} // references: containers.go::Item, containers.go::Item.tags
	lit[0].Do() // calls: containers.go::Item.Do
	m := map[string]*Item{"a": {}}
	m["a"].Do() // calls: containers.go::Item.Do
	for r := range "text" {
		r.Do() // calls: nothing
	}
	for _, tc := range []struct{ in *Item }{{in: list[0]}} {
		tc.in.Do() // calls: containers.go::Item.Do
	}
}
