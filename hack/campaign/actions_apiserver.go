// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"
)

// restartAPIServer ends the API server and starts it again after a while.
type restartAPIServer struct{ down time.Duration }

func (restartAPIServer) kind() string { return "API server restarted" }

func (a restartAPIServer) do(ctx context.Context, s *stage) error {
	// Two restarts at once would be one.
	s.restarting.Lock()
	defer s.restarting.Unlock()
	if ctx.Err() != nil {
		return nil
	}
	begin := time.Now()
	defer func() { s.troubles.add(span{begin, time.Now()}) }()
	if err := s.plane.StopAPIServer(); err != nil {
		return err
	}
	sleep(ctx, a.down)
	// Whatever happens to the campaign, the end needs it.
	return s.plane.StartAPIServer(context.WithoutCancel(ctx))
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

func (a breakAPI) do(_ context.Context, s *stage) error {
	s.proxy.faults.add(a.kind(), a.fault, a.times)
	return nil
}

// breakBucket makes something go wrong with the next requests to the bucket.
type breakBucket struct {
	fault bucketFault
	times int
}

func (a breakBucket) kind() string { return "bucket: " + string(a.fault.effect) }

func (a breakBucket) do(_ context.Context, s *stage) error {
	s.gate.faults.add(a.kind(), a.fault, a.times)
	return nil
}
