// path: go.mod
module example.com/m

// path: a.go
package m

import (
	"example.com/m/sub" // imports: sub/one.go, sub/two.go
	"fmt"
)

func F() {
	sub.One() // calls: sub/one.go::One
	fmt.Print(sub.Two) // references: sub/two.go::Two
}

// path: sub/one.go
package sub

func One() {}

// path: sub/two.go
package sub

const Two = 2

// path: sub/three.go
package sub

func Three() {}

// path: sub/one_linux.go
//go:build linux

package sub

func platform() {} // calls: nothing

// path: sub/one_windows.go
//go:build windows

package sub

func platform() {}

// path: sub/user.go
package sub

func user() {
	platform() // calls: sub/one_linux.go::platform, sub/one_windows.go::platform
}
