// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"slices"
	"time"
)

// endpointChoice says which endpoints fail.
type endpointChoice int

const (
	endpointFirst endpointChoice = iota
	// endpointInUse is the one that the operator has asked last.
	endpointInUse
	endpointAll
)

// breakEndpoints makes endpoints of a replica fail.
type breakEndpoints struct {
	replica int
	which   endpointChoice
	how     endpointFailure
	lasts   time.Duration
}

func (a breakEndpoints) kind() string { return "endpoint " + string(a.how) }

func (a breakEndpoints) do(ctx context.Context, e *environment) error {
	broken := a.which.of(e.fleet.replicas[a.replica].endpoints)
	for _, endpoint := range broken {
		if err := endpoint.fail(a.how); err != nil {
			return err
		}
	}
	sleep(ctx, a.lasts)
	for _, endpoint := range broken {
		if err := endpoint.recover(); err != nil {
			return err
		}
	}
	return nil
}

// of chooses among the endpoints of a replica.
func (c endpointChoice) of(endpoints []*endpoint) []*endpoint {
	switch c {
	case endpointAll:
		return endpoints
	case endpointInUse:
		return []*endpoint{slices.MaxFunc(endpoints, func(a, b *endpoint) int { return a.lastAsked().Compare(b.lastAsked()) })}
	default:
		return endpoints[:1]
	}
}
