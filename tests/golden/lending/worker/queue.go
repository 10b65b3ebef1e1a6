package main

import "sync"

// Job is a reminder that waits to be sent.
type Job struct {
	Card  string
	Email string
}

// Queue holds jobs until a worker takes them; safe for several goroutines.
type Queue struct {
	mu   sync.Mutex
	jobs []Job
}

// Push appends a job.
func (q *Queue) Push(job Job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.jobs = append(q.jobs, job)
}

// Pop removes the oldest job.
func (q *Queue) Pop() (Job, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.jobs) == 0 {
		return Job{}, false
	}
	job := q.jobs[0]
	q.jobs = q.jobs[1:]
	return job, true
}
