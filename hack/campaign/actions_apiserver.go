// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"
)

// restartAPIServer ends the API server and starts it again after a while.
type restartAPIServer struct{ down time.Duration }

func (a restartAPIServer) kind() string {
	if a.down > leaseDuration {
		// Whoever leads ends before it is back.
		return "API server away for longer than the lease"
	}
	return "API server restarted"
}

func (a restartAPIServer) do(ctx context.Context, e *environment) error {
	// Two restarts at once would be one.
	e.restarting.Lock()
	defer e.restarting.Unlock()
	if ctx.Err() != nil {
		return nil
	}
	begin := time.Now()
	defer func() { e.troubles.add(span{begin, time.Now()}) }()
	if err := e.ControlPlane.StopAPIServer(); err != nil {
		return err
	}
	sleep(ctx, a.down)
	// Whatever happens to the campaign, the end needs it.
	return e.ControlPlane.StartAPIServer(context.WithoutCancel(ctx))
}

// breakAPI makes something go wrong with the next requests to the API server.
type breakAPI struct {
	fault apiFault
	times int
}

func (a breakAPI) kind() string {
	if a.fault.resource == leases {
		return "API server: " + string(a.fault.effect) + ", of the lease"
	}
	return "API server: " + string(a.fault.effect)
}

func (a breakAPI) do(_ context.Context, e *environment) error {
	e.proxy.faults.add(a.kind(), a.fault, a.times)
	return nil
}

// breakBucket makes something go wrong with the next requests to the bucket.
type breakBucket struct {
	fault bucketFault
	times int
}

func (a breakBucket) kind() string { return "bucket: " + string(a.fault.effect) }

func (a breakBucket) do(_ context.Context, e *environment) error {
	e.bucketProxy.faults.add(a.kind(), a.fault, a.times)
	return nil
}
