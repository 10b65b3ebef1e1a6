package p

type Reader interface {
	Read(p []byte) (int, error)
}

type Closer interface {
	Close() error
}

type ReadCloser interface { // inherits: interfaces.go::Reader, interfaces.go::Closer
	Reader
	Closer
}

type File struct{} // implements: interfaces.go::Reader, interfaces.go::Closer, interfaces.go::ReadCloser

func (f *File) Read(p []byte) (int, error) { return 0, nil } // implements: interfaces.go::Reader.Read

func (f *File) Close() error { return nil }

type Partial struct{} // implements: interfaces.go::Closer

func (Partial) Close() error { return nil }

type Wrapped struct { // implements: interfaces.go::Reader, interfaces.go::Closer, interfaces.go::ReadCloser; inherits: interfaces.go::File
	File
}

type Different struct{} // implements: nothing

func (Different) Read(p []byte, n int) (int, error) { return 0, nil }

type Func func(p []byte) (int, error) // implements: interfaces.go::Reader

func (f Func) Read(p []byte) (int, error) {
	return f(p) // calls: nothing
}

type Empty interface{}

func use(rc ReadCloser, all []Reader, any Empty) {
	rc.Read(nil) // calls: interfaces.go::Reader.Read [exact]
	rc.Close() // calls: interfaces.go::Closer.Close
	for _, r := range all {
		r.Read(nil) // calls: interfaces.go::Reader.Read
	}
	var c Closer = &File{}
	c.Close() // calls: interfaces.go::Closer.Close
	open().Close() // calls: interfaces.go::open, interfaces.go::Closer.Close
	if f, ok := rc.(*File); ok {
		f.Close() // calls: interfaces.go::File.Close
	}
	any.(Reader).Read(nil) // calls: interfaces.go::Reader.Read
	func(x interface{ Flush() }) {
		x.Flush() // calls: nothing
	}(nil)
}

func open() Closer { return &File{} }
