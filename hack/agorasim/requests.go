// SPDX-License-Identifier: Apache-2.0

package agorasim

import "time"

// Request is an entry in the log of requests. It never contains a secret.
type Request struct {
	// Number is the number of the request, starting at 1.
	Number int `json:"number"`
	// Time is the real time of arrival, by the clock of the rate limit.
	Time time.Time `json:"time"`
	// ServiceTime is the simulated time of arrival.
	ServiceTime time.Time `json:"serviceTime"`
	// Method is the method of Agora's API. It is empty if there is no route.
	Method string `json:"method,omitempty"`
	// Verb and Path are those of the request.
	Verb string `json:"verb"`
	Path string `json:"path"`
	// AppID, ResourceID, SID and Mode are parts of the path.
	AppID      string `json:"appId,omitempty"`
	ResourceID string `json:"resourceId,omitempty"`
	SID        string `json:"sid,omitempty"`
	Mode       string `json:"mode,omitempty"`
	// CustomerID is set after authentication.
	CustomerID string `json:"customerId,omitempty"`
	// Status is the HTTP status of the answer. It is 0 until there is an answer, and
	// remains 0 for a dropped or abandoned request.
	Status int `json:"status"`
	// Fault is the ID of the fault that struck the request.
	Fault string `json:"fault,omitempty"`
}

// log adds an entry to the log, which keeps only the latest entries.
func (g *gateway) log(request Request) *Request {
	g.count++
	request.Number = g.count
	g.requests = append(g.requests, &request)
	if len(g.requests) > g.options.RequestLogSize {
		g.requests[0] = nil
		g.requests = g.requests[1:]
	}
	return &request
}

// update changes an entry in the log.
func (g *gateway) update(entry *Request, change func(*Request)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change(entry)
}

func (g *gateway) logged(entry *Request) Request {
	g.mu.Lock()
	defer g.mu.Unlock()
	return *entry
}

// Requests returns the log of requests, the oldest first.
func (g *gateway) Requests() []Request {
	g.mu.Lock()
	defer g.mu.Unlock()
	requests := make([]Request, 0, len(g.requests))
	for _, entry := range g.requests {
		requests = append(requests, *entry)
	}
	return requests
}
