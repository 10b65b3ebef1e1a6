// path: go.work
go 1.22

use (
	./one
	./two
)

// path: one/go.mod
module example.com/one

require example.com/forked v1.0.0

replace example.com/forked => ../third

// path: one/main.go
package main

import (
	"example.com/forked/sub"
	"example.com/two"
	"example.com/vendored"
)

func main() {
	two.Two() // calls: two/two.go::Two
	sub.Sub() // calls: third/sub/sub.go::Sub
	vendored.X() // calls: external:example.com/vendored.X
}

// path: two/go.mod
module example.com/two

// path: two/two.go
package two

func Two() {}

// path: third/go.mod
module example.com/forked/original

// path: third/sub/sub.go
package sub

func Sub() {}
