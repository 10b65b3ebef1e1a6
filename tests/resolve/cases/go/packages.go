// path: go.mod
module example.com/shop

go 1.22

// path: main.go
package main

import (
	"fmt"

	"example.com/shop/cart"
	money "example.com/shop/internal/currency"
	"example.com/other/cart2"
)

func main() {
	c := cart.New() // calls: cart/cart.go::New [exact]
	c.Add(1) // calls: cart/add.go::Cart.Add
	fmt.Println(c) // calls: external:fmt.Println
	money.Format(2) // calls: internal/currency/format.go::Format [exact]
	cart2.New() // calls: external:example.com/other/cart2.New
	helper() // calls: helper.go::helper [exact]
}

// path: helper.go
package main

func helper() {
	undefined() // calls: nothing
}

// path: cart/cart.go
package cart

type Cart struct {
	items []int
}

func New() *Cart {
	return &Cart{} // references: cart/cart.go::Cart; calls: nothing
}

func helper() {}

// path: cart/add.go
package cart

func (c *Cart) Add(n int) {
	helper() // calls: cart/cart.go::helper
	c.items = append(c.items, n) // calls: external:builtin.append; references: cart/cart.go::Cart.items
}

// path: internal/currency/format.go
package currency

func Format(n int) string { return "" }

// path: tools/cart/cart.go
package cart

func New() {}
