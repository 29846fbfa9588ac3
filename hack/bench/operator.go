// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"cloudrecording.dev/operator/hack/testenv"
)

const (
	// idleInterval is how often the operator is asked whether it has anything to
	// do, and how long it must have had nothing.
	idleInterval = 300 * time.Millisecond

	recordingController = "cloudrecording"
)

// startOperator starts the school's operator, whose metrics can be read by
// everybody on this machine.
func (s *school) startOperator(ctx context.Context) error {
	address, err := testenv.FreeAddress(ctx)
	if err != nil {
		return err
	}
	options := s.operatorOptions
	options.Arguments = append([]string{"--metrics-bind-address=" + address, "--metrics-secure=false"}, options.Arguments...)
	s.metricsURL = "http://" + address + "/metrics"
	s.operator, err = testenv.StartOperator(ctx, options)
	return err
}

// killOperator ends the school's operator with SIGKILL.
func (s *school) killOperator() {
	s.operator.Kill()
	s.operator = nil
}

// operatorMetrics reads the operator's metrics, as Prometheus does.
func (s *school) operatorMetrics(ctx context.Context) (_ samples, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.metricsURL, nil)
	if err != nil {
		return nil, fmt.Errorf("read the metrics of the operator: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("read the metrics of the operator: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("read the metrics of the operator: %w", err)
	}
	return parseSamples(content), nil
}

// reconcilesOf returns how many reconciles of recordings have ended.
func reconcilesOf(metrics samples) (int, error) {
	total, err := metrics.sum("controller_runtime_reconcile_total", label{"controller", recordingController})
	return int(total), err
}

// awaitLimit waits until the operator keeps to an account's limit.
func (s *school) awaitLimit(ctx context.Context, a account, limit int) error {
	name := s.namespace + "/" + a.secretName
	for {
		metrics, err := s.operatorMetrics(ctx)
		if err != nil {
			return err
		}
		known, err := metrics.sum("cloudrecording_agora_budget_limit", label{"account", name})
		if err != nil {
			return err
		}
		if int(known) == limit {
			return nil
		}
		if err := sleep(ctx, idleInterval); err != nil {
			return fmt.Errorf("wait until the operator knows the limit of %s: %w", name, err)
		}
	}
}

// awaitIdle waits until so many reconciles of recordings have ended and none
// has come for a moment.
func (s *school) awaitIdle(ctx context.Context, atLeast int) error {
	for before := -1; ; {
		metrics, err := s.operatorMetrics(ctx)
		if err != nil {
			return err
		}
		ended, err := reconcilesOf(metrics)
		if err != nil {
			return err
		}
		queued, err := metrics.sum("workqueue_depth", label{"name", recordingController})
		if err != nil {
			return err
		}
		if ended >= atLeast && ended == before && queued == 0 {
			return nil
		}
		before = ended
		if err := sleep(ctx, idleInterval); err != nil {
			return fmt.Errorf("wait until the operator has nothing to do: %w", err)
		}
	}
}
