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

// log adds an entry to the log, which keeps the latest.
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

// update changes an entry of the log.
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

// Requests returns the log of requests, oldest first.
func (g *gateway) Requests() []Request {
	g.mu.Lock()
	defer g.mu.Unlock()
	requests := make([]Request, 0, len(g.requests))
	for _, entry := range g.requests {
		requests = append(requests, *entry)
	}
	return requests
}
