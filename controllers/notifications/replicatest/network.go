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

// Network stands between a replica and the API server.
type Network struct {
	// Creations counts the ConfigMaps that the replica wanted to create.
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

// Set makes every write pass through a fault, or through none.
func (n *Network) Set(fault func(*http.Request) error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fault = fault
}

// Refuse is a fault: nothing gets through.
func Refuse(*http.Request) error { return errors.New("the API server is away") }

// Contradict is a fault: every write is answered with a conflict.
func Contradict(*http.Request) error {
	return apierrors.NewConflict(schema.GroupResource{Resource: "configmaps"}, "any", errors.New("it has changed"))
}

// Hang is a fault: there is no answer.
func Hang(request *http.Request) error {
	<-request.Context().Done()
	return request.Context().Err()
}

// HoldUntil is a fault: nothing gets through before the gate is opened.
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
