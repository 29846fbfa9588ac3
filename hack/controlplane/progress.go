// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"fmt"
	"io"
	"sync"
	"time"
)

const progressInterval = 15 * time.Second

// Announce prints a message now and at an interval, until the returned function is called.
func Announce(w io.Writer, what string) (done func()) {
	return announceEvery(w, what, progressInterval)
}

func announceEvery(w io.Writer, what string, interval time.Duration) (done func()) {
	_, _ = fmt.Fprintf(w, "%s\n", what)
	start := time.Now()
	stop := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-stop:
				return
			case <-ticker.C:
				_, _ = fmt.Fprintf(w, "%s, %s so far\n", what, time.Since(start).Round(time.Second))
			}
		}
	})
	return func() {
		close(stop)
		running.Wait()
	}
}
