package main

import "fmt"

// sendReminder writes an email to somebody whose book is due tomorrow.
func sendReminder(job Job) error {
	_, err := fmt.Printf("to %s: please bring your book back\n", job.Email)
	return err
}

func drain(queue *Queue) int {
	sent := 0
	for job, ok := queue.Pop(); ok; job, ok = queue.Pop() {
		if sendReminder(job) == nil {
			sent++
		}
	}
	return sent
}

func main() {
	queue := &Queue{}
	queue.Push(Job{Card: "1", Email: "ada@example.org"})
	fmt.Println(drain(queue))
}
