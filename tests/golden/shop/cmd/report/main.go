package main

import "fmt"

type Reporter interface {
	Report(total int) string
}

type plain struct{ prefix string }

func (p *plain) Report(total int) string {
	return fmt.Sprintf("%s %d", p.prefix, total)
}

func newReporter() Reporter {
	return &plain{prefix: "total"}
}

func main() {
	r := newReporter()
	fmt.Println(r.Report(sum(1, 2)))
}
