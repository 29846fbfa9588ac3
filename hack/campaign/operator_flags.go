// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
)

// operatorFlags are the flags that all operators have.
func (e *environment) operatorFlags() []string {
	return append([]string{
		"--leader-elect", "--leader-election-namespace=" + operatorNamespace,
		fmt.Sprintf("--leader-election-lease-duration=%s", leaseDuration),
		fmt.Sprintf("--leader-election-renew-deadline=%s", renewDeadline),
		fmt.Sprintf("--leader-election-retry-period=%s", retryPeriod),
		"--notifications-namespace=" + operatorNamespace,
		"--allowed-storage-endpoints=" + e.bucketProxy.server.URL,
		"--zap-log-level=debug", "--zap-time-encoding=rfc3339nano",
	}, scaleFlags()...)
}

// scaleFlags are those that go with the speed.
func scaleFlags() []string {
	return []string{
		fmt.Sprintf("--poll-interval=%s", pollInterval/speed),
		fmt.Sprintf("--not-found-grace=%s", notFoundGrace/speed),
		fmt.Sprintf("--upload-recheck-min=%s", soonestRecheck/speed),
		fmt.Sprintf("--upload-recheck-max=%s", latestRecheck/speed),
		fmt.Sprintf("--upload-settle-time=%s", settleTime/speed),
		"--allow-unsafe-timings",
	}
}

// flagsOf are those of one replica.
func flagsOf(r *replica) []string {
	var urls []string
	for _, e := range r.endpoints {
		urls = append(urls, e.URL())
	}
	return []string{
		"--agora-endpoints=" + strings.Join(urls, ","), "--notifications-bind-address=" + r.receiver,
		"--watch-label-selector=" + r.shard.selector(),
	}
}
