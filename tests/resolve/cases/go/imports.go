// path: go.mod
module example.com/m

// path: main.go
package main

import (
	. "example.com/m/dot"
	_ "example.com/m/blank" // imports: blank/blank.go
	"example.com/m/go-odd"
	"gopkg.in/yaml.v3"
	"net/http"
)

func main() {
	Dotted() // calls: dot/dot.go::Dotted
	strange.Name() // calls: go-odd/odd.go::Name
	yaml.Marshal(1) // calls: external:gopkg.in/yaml.v3.Marshal
	http.Get("x") // calls: external:net/http.Get
	http := client{}
	http.Get("y") // calls: main.go::client.Get
}

type client struct{}

func (client) Get(url string) {}

// path: dot/dot.go
package dot

func Dotted() {}

// path: blank/blank.go
package blank

func init() {}

// path: go-odd/odd.go
package strange

func Name() {}
