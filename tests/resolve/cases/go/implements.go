// path: go.mod
module example.com/m

// path: api/api.go
package api

import (
	"fmt"
	"io"
)

type Syncer interface { // inherits: external:io.Writer
	io.Writer
	Sync() error
}

type Failure interface {
	error
}

type Number interface{ ~int | ~float64 }

type PointerTo[T any] interface {
	*T
	Sync() error
}

type Source[T any] interface{ Next() T }

type Printer interface {
	fmt.Stringer
	Print(args ...any)
}

// path: impl/impl.go
package impl

import (
	"bytes"
	"io"

	"example.com/m/api"
)

type sink interface { // inherits: api/api.go::Syncer, external:io.Closer
	api.Syncer
	io.Closer
}

type buffer struct { // implements: api/api.go::Syncer
	bytes.Buffer
}

func (*buffer) Sync() error { return nil } // implements: api/api.go::Syncer.Sync

type other struct{} // implements: nothing

func (other) Write(entry int, fields []string) error { return nil }

func (other) Sync() error { return nil }

type wrapped struct { // implements: api/api.go::Syncer, impl/impl.go::sink
	api.Syncer
}

func (wrapped) Close() error { return nil }

type numbers struct{} // implements: api/api.go::Source

func (numbers) Next() int { return 1 }

type fixed struct{} // implements: nothing

func (fixed) Print(args []any) {}

func (fixed) String() string { return "" }

type loose struct{} // implements: api/api.go::Printer

func (loose) Print(args ...interface{}) {}

func (loose) String() string { return "" }

// path: impl/failures.go
package impl

type failure interface {
	error
}

type broken struct{} // implements: impl/failures.go::failure

func (broken) Error() string { return "" }

type cracked struct{} // gap implements: api/api.go::Failure, impl/failures.go::failure

func (cracked) Error() string { return "" }
