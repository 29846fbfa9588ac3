// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("Routes", func() {
	const below = basePath + "/resourceid/r/"

	DescribeTable("answer the gateway's 404 without a code for",
		func(verb, path string) {
			s := newService()
			got := s.call(verb, path, "")
			Expect(got.Status).To(Equal(http.StatusNotFound))
			Expect(got.Body).To(MatchJSON(`{"message":"no Route matched with those values"}`))
			Expect(s.Requests()).To(ConsistOf(SatisfyAll(HaveField("Method", ""), HaveField("Status", http.StatusNotFound))))
		},
		Entry("GET acquire", http.MethodGet, basePath+"/acquire"),
		Entry("GET start", http.MethodGet, below+"mode/mix/start"),
		Entry("POST query", http.MethodPost, below+"sid/s/mode/mix/query"),
		Entry("GET update", http.MethodGet, below+"sid/s/mode/mix/update"),
		Entry("GET updateLayout", http.MethodGet, below+"sid/s/mode/mix/updateLayout"),
		Entry("updateLayout of another mode than mix", http.MethodPost, below+"sid/s/mode/individual/updateLayout"),
		Entry("updateLayout of a web page", http.MethodPost, below+"sid/s/mode/web/updateLayout"),
		Entry("updateLayout in the wrong letter case", http.MethodPost, below+"sid/s/mode/mix/updatelayout"),
		Entry("GET stop", http.MethodGet, below+"sid/s/mode/mix/stop"),
		Entry("PUT stop", http.MethodPut, below+"sid/s/mode/mix/stop"),
		Entry("a method in the wrong letter case", http.MethodPost, basePath+"/Acquire"),
		Entry("a path part in the wrong letter case", http.MethodPost, basePath+"/resourceId/r/mode/mix/start"),
		Entry("a mode in the wrong letter case", http.MethodGet, below+"sid/s/mode/Web/query"),
		Entry("an unknown mode", http.MethodGet, below+"sid/s/mode/composite/query"),
		Entry("a missing path part", http.MethodPost, below+"sid/s/stop"),
		Entry("an empty path part", http.MethodGet, below+"sid//mode/mix/query"),
		Entry("a further path part", http.MethodPost, basePath+"/acquire/more"),
		Entry("a trailing slash", http.MethodPost, basePath+"/acquire/"),
		Entry("another version", http.MethodPost, "/v2/apps/app/cloud_recording/acquire"),
		Entry("the root", http.MethodGet, "/"),
		Entry("an unknown method", http.MethodPost, below+"sid/s/mode/mix/pause"),
	)

	It("come before authentication", func() {
		got := newService().call(http.MethodGet, "/nowhere", "", func(r *http.Request) { r.Header.Del("Authorization") })
		Expect(got.Status).To(Equal(http.StatusNotFound))
	})

	It("take path parts that are escaped", func() {
		s := newService()
		got := s.call(http.MethodPost, strings.Replace(basePath, "/app/", "/a%2Fb/", 1)+"/acquire", encode(envelope(members{})))
		Expect(got.Status).To(Equal(http.StatusOK))
		Expect(s.Requests()[0].AppID).To(Equal("a/b"))
	})

	It("answer with an X-Request-Id of their own each", func() {
		s := newService()
		first := s.acquire(members{}).Header.Get("X-Request-Id")
		Expect(first).NotTo(BeEmpty())
		Expect(s.acquire(members{}).Header.Get("X-Request-Id")).NotTo(SatisfyAny(BeEmpty(), Equal(first)))
	})

	It("answer in JSON", func() {
		Expect(newService().acquire(members{}).Header.Get("Content-Type")).To(HavePrefix("application/json"))
	})
})
