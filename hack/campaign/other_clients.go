// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"time"
)

// otherClients use an account, by credentials of their own, so that the
// operator is answered 429 though it keeps to the limit.
type otherClients struct {
	account   string
	perSecond int
	lasts     time.Duration
}

func (otherClients) kind() string { return "account used by others" }

func (c otherClients) do(ctx context.Context, e *environment) error {
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
			request.SetBasicAuth(a.otherClients, e.vault.customer(a.otherClients))
			serveQuietly(e.agora, request)
		}
	}
}

// serveQuietly serves a request whose connection may be dropped.
func serveQuietly(handler http.Handler, request *http.Request) {
	defer func() { _ = recover() }()
	handler.ServeHTTP(httptest.NewRecorder(), request)
}
