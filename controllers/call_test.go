// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"net/http"
	"net/http/httptest"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	clocktesting "k8s.io/utils/clock/testing"

	"cloudrecording.dev/operator/controllers/budget"
)

var _ = Describe("a request to Agora", func() {
	It("makes room for another one a second after its answer begins", func(ctx context.Context) {
		const delay = 60 * time.Millisecond
		clock := clocktesting.NewFakePassiveClock(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
		budgets := budget.New(clock)
		budgets.Begin()
		account := budgets.Account("account", "secret", 1)
		clock.SetTime(clock.Now().Add(time.Minute))
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			clock.SetTime(clock.Now().Add(delay))
		}))
		DeferCleanup(server.Close)

		turn, granted := account.Turn("first", budget.Stop)
		Expect(granted).To(BeTrue())
		request, err := http.NewRequestWithContext(countRequests(ctx, account, turn, clock), http.MethodPost, server.URL, http.NoBody)
		Expect(err).NotTo(HaveOccurred())
		response, err := server.Client().Do(request)
		Expect(err).NotTo(HaveOccurred())
		Expect(response.Body.Close()).To(Succeed())

		// A turn is granted a moment ahead.
		clock.SetTime(turn.Add(time.Second))
		next, granted := account.Turn("second", budget.Stop)
		Expect(granted).To(BeTrue())
		Expect(next).To(BeTemporally("==", turn.Add(delay+time.Second)))
	})
})
