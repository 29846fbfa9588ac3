// SPDX-License-Identifier: Apache-2.0

package agorasim

import "time"

// Request is an entry of the log of requests. It never holds a secret.
type Request struct {
	// Number counts the requests from 1.
	Number int `json:"number"`
	// Time is the real time of arrival, on the clock of the rate limit.
	Time time.Time `json:"time"`
	// ServiceTime is the simulated time of arrival.
	ServiceTime time.Time `json:"serviceTime"`
	// Method is the method of Agora's API; empty without a route.
	Method string `json:"method,omitempty"`
	// Verb and Path are the request's.
	Verb string `json:"verb"`
	Path string `json:"path"`
	// AppID, ResourceID, SID and Mode stand in the path.
	AppID      string `json:"appId,omitempty"`
	ResourceID string `json:"resourceId,omitempty"`
	SID        string `json:"sid,omitempty"`
	Mode       string `json:"mode,omitempty"`
	// CustomerID is set once the pair was accepted.
	CustomerID string `json:"customerId,omitempty"`
	// Status is the HTTP status answered: 0 as long as nothing is, which
	// remains so for a dropped or abandoned request.
	Status int `json:"status"`
	// Fault is the ID of the fault that struck the request.
	Fault string `json:"fault,omitempty"`
}

// requestLog keeps the latest requests.
type requestLog struct {
	size    int
	count   int
	entries []*Request
}

func (l *requestLog) add(request *Request) {
	l.count++
	request.Number = l.count
	l.entries = append(l.entries, request)
	if len(l.entries) > l.size {
		l.entries[0] = nil
		l.entries = l.entries[1:]
	}
}

// Requests returns the log of requests, oldest first.
func (s *Simulator) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := make([]Request, 0, len(s.log.entries))
	for _, entry := range s.log.entries {
		requests = append(requests, *entry)
	}
	return requests
}

// ClearRequests empties the log of requests; numbers go on.
func (s *Simulator) ClearRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log.entries = nil
}

func (s *Simulator) logStatus(entry *Request, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	entry.Status = status
}
