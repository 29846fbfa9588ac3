// SPDX-License-Identifier: Apache-2.0

package replicatest

import (
	"errors"
	"net/http"
	"sync"
	"sync/atomic"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Network is between a replica and the API server.
type Network struct {
	// Creations counts the ConfigMaps that the replica tried to create.
	Creations atomic.Int32

	mu    sync.Mutex
	fault func(*http.Request) error
}

func (n *Network) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		if request.Method == http.MethodPost {
			n.Creations.Add(1)
		}
		n.mu.Lock()
		fault := n.fault
		n.mu.Unlock()
		if fault != nil && request.Method != http.MethodGet {
			if err := fault(request); err != nil {
				return nil, err
			}
		}
		return next.RoundTrip(request)
	})
}

// Set sets the fault that every write passes through. Nil means no fault.
func (n *Network) Set(fault func(*http.Request) error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fault = fault
}

// Refuse is a fault in which no request reaches the API server.
func Refuse(*http.Request) error { return errors.New("the API server is away") }

// Contradict is a fault in which every write fails with a conflict.
func Contradict(*http.Request) error {
	return apierrors.NewConflict(schema.GroupResource{Resource: "configmaps"}, "any", errors.New("it has changed"))
}

// Hang is a fault in which no request is answered.
func Hang(request *http.Request) error {
	<-request.Context().Done()
	return request.Context().Err()
}

// HoldUntil is a fault that blocks all requests until the gate opens.
func HoldUntil(gate <-chan struct{}) func(*http.Request) error {
	return func(request *http.Request) error {
		select {
		case <-gate:
			return nil
		case <-request.Context().Done():
			return request.Context().Err()
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }
