// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"time"
)

// crowd are others who use an account, by credentials of their own, so that the
// operator is answered 429 though it keeps to the limit.
type crowd struct {
	account   string
	perSecond int
	lasts     time.Duration
}

func (crowd) kind() string { return "account used by others" }

func (c crowd) do(ctx context.Context, s *stage) error {
	a := accountOf(c.account)
	ticker := time.NewTicker(time.Second / time.Duration(c.perSecond))
	defer ticker.Stop()
	end := time.After(c.lasts)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-end:
			return nil
		case <-ticker.C:
			// The simulator counts it as it arrives; its answer is no matter.
			request := httptest.NewRequestWithContext(ctx, http.MethodGet,
				"/v1/apps/"+a.appID+"/cloud_recording/resourceid/others/sid/others/mode/mix/query", nil)
			request.SetBasicAuth(a.crowd, s.vault.customer(a.crowd))
			serveQuietly(s.agora, request)
		}
	}
}

// serveQuietly serves a request whose connection may be dropped.
func serveQuietly(handler http.Handler, request *http.Request) {
	defer func() { _ = recover() }()
	handler.ServeHTTP(httptest.NewRecorder(), request)
}
