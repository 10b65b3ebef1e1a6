package p

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
	"time"
)

type Server struct {
	http.Server
	mu   sync.RWMutex
	buf  bytes.Buffer
	name string
}

func (s *Server) Lock() {}

func (s *Server) WriteString(x string) {}

func (s *Server) Split() {}

func Error(msg string) {}

func (s *Server) Handle(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock() // calls: external:sync.RWMutex.Lock
	s.buf.WriteString("x") // calls: external:bytes.Buffer.WriteString
	strings.Split(s.name, ",") // calls: external:strings.Split
	http.Error(w, "x", 500) // calls: external:net/http.Error
	w.Header().Set("a", "b") // calls: external:net/http.ResponseWriter.Header, external:net/http.Header.Set
	r.URL.Query().Get("x") // calls: external:net/url.URL.Query, external:net/url.Values.Get
	time.Now().Format("x") // calls: external:time.Now, external:time.Time.Format
	s.ListenAndServe() // calls: external:net/http.Server.ListenAndServe
	var wg sync.WaitGroup
	wg.Wait() // calls: external:sync.WaitGroup.Wait
	panic("x") // calls: external:builtin.panic
	string(s.name) // calls: nothing
}

func (s *Server) Wait() {}

func (s *Server) Format() {}

func (s *Server) Set(a, b string) {}
