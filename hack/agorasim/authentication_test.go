// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
)

var _ = Describe("Authentication", func() {
	DescribeTable("refuses with the gateway's 401",
		func(change func(*http.Request), message string) {
			s := newService()
			recording := s.running()
			got := s.call(http.MethodPost, stopPath(recording), stopBody(recording, true), change)
			Expect(got.Status).To(Equal(http.StatusUnauthorized))
			Expect(got.Body).To(MatchJSON(`{"message":"` + message + `"}`))
			Expect(s.now(recording)).To(SatisfyAll(HaveField("StopsTaken", 0), HaveField("StopRequests", 1)))
			Expect(s.Requests()[0].CustomerID).To(BeEmpty())
		},
		Entry("a request without a header", func(r *http.Request) { r.Header.Del("Authorization") }, "Unauthorized"),
		Entry("a wrong secret", func(r *http.Request) { r.SetBasicAuth(customerID, "other") },
			"Invalid authentication credentials"),
		Entry("an unknown customer ID", func(r *http.Request) { r.SetBasicAuth("other", secret) },
			"Invalid authentication credentials"),
		Entry("an empty pair", func(r *http.Request) { r.SetBasicAuth("", "") }, "Invalid authentication credentials"),
		Entry("another scheme", func(r *http.Request) { r.Header.Set("Authorization", "Bearer token") },
			"Invalid authentication credentials"),
		Entry("what is no base64", func(r *http.Request) { r.Header.Set("Authorization", "Basic %") },
			"Invalid authentication credentials"),
	)

	It("takes the new secret of a customer ID, and no longer the old one", func() {
		s := newService()
		s.SetCredential(customerID, "new")
		Expect(s.acquire(members{}).Status).To(Equal(http.StatusUnauthorized))
		withNew := func(r *http.Request) { r.SetBasicAuth(customerID, "new") }
		got := s.call(http.MethodPost, basePath+"/acquire", encode(envelope(members{})), withNew)
		Expect(got.Status).To(Equal(http.StatusOK))
	})

	It("knows a removed customer ID no longer", func() {
		s := newService()
		s.RemoveCredential(customerID)
		Expect(s.acquire(members{}).Status).To(Equal(http.StatusUnauthorized))
		Expect(s.Accounts()).To(BeEmpty())
	})

	It("lets nobody in without credentials", func() {
		s := newService(func(o *agorasim.Options) { o.Credentials = nil })
		Expect(s.acquire(members{}).Status).To(Equal(http.StatusUnauthorized))
	})

	It("logs the customer ID of an accepted pair", func() {
		s := newService()
		s.acquire(members{})
		Expect(s.Requests()[0].CustomerID).To(Equal(customerID))
	})
})

var _ = Describe("App IDs", func() {
	withAppIDs := func(appIDs map[string]string) *service {
		return newService(func(o *agorasim.Options) {
			o.AppIDs = appIDs
			o.Credentials = map[string]string{customerID: secret, "other": "other-secret"}
		})
	}

	It("are all enabled if none is named", func() {
		Expect(withAppIDs(nil).acquire(members{}).Status).To(Equal(http.StatusOK))
	})

	It("answer the gateway's 400 if not enabled", func() {
		got := withAppIDs(map[string]string{"another": ""}).acquire(members{})
		Expect(got.Status).To(Equal(http.StatusBadRequest))
		Expect(got.Body).To(MatchJSON(`{"message":"appid is invalid"}`))
	})

	It("refuse the pair of another account", func() {
		s := withAppIDs(map[string]string{appID: "other"})
		got := s.acquire(members{})
		Expect(got.Status).To(Equal(http.StatusUnauthorized))
		Expect(got.Body).To(MatchJSON(`{"message":"Invalid authentication credentials"}`))

		s.SetAccount(customerID, "other")
		Expect(s.acquire(members{}).Status).To(Equal(http.StatusOK))
	})
})
