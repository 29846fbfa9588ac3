// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

var _ = Describe("Bodies", func() {
	DescribeTable("are refused with code 2",
		func(body string) {
			s := newService()
			recording := s.running()
			for _, path := range []string{basePath + "/acquire", startPath(recording.ResourceID, recording.Mode), stopPath(recording)} {
				got := s.call(http.MethodPost, path, body)
				Expect(got).To(refuse(http.StatusBadRequest, 2), path)
				Expect(got.text("reason")).NotTo(BeEmpty())
			}
			Expect(s.now(recording).Running).To(BeTrue())
		},
		Entry("empty", ""),
		Entry("null", "null"),
		Entry("an array", "[]"),
		Entry("a text", `"x"`),
		Entry("a number", "1"),
		Entry("no JSON", "cname=lesson"),
		Entry("cut off", `{"cname":"lesson","uid":"5278`),
		Entry("followed by more", `{"cname":"lesson","uid":"527841","clientRequest":{}}{}`),
		Entry("too deep", strings.Repeat("[", 100000)),
		Entry("without cname", `{"uid":"527841","clientRequest":{}}`),
		Entry("with an empty cname", `{"cname":"","uid":"527841","clientRequest":{}}`),
		Entry("with cname null", `{"cname":null,"uid":"527841","clientRequest":{}}`),
		Entry("with a number as cname", `{"cname":7,"uid":"527841","clientRequest":{}}`),
		Entry("with cname in the wrong letter case", `{"cName":"lesson","uid":"527841","clientRequest":{}}`),
		Entry("without uid", `{"cname":"lesson","clientRequest":{}}`),
		Entry("with a number as uid", `{"cname":"lesson","uid":527841,"clientRequest":{}}`),
		Entry("with an array as uid", `{"cname":"lesson","uid":["527841"],"clientRequest":{}}`),
		Entry("without clientRequest", `{"cname":"lesson","uid":"527841"}`),
		Entry("with clientRequest null", `{"cname":"lesson","uid":"527841","clientRequest":null}`),
		Entry("with an array as clientRequest", `{"cname":"lesson","uid":"527841","clientRequest":[]}`),
		Entry("with a text as clientRequest", `{"cname":"lesson","uid":"527841","clientRequest":"{}"}`),
		Entry("larger than a megabyte", `{"cname":"lesson","uid":"527841","clientRequest":{"x":"`+strings.Repeat("x", 1<<20)+`"}}`),
	)

	DescribeTable("need a content type",
		func(contentType string, accepted bool) {
			s := newService()
			got := s.call(http.MethodPost, basePath+"/acquire", encode(envelope(members{})), func(r *http.Request) {
				r.Header.Set("Content-Type", contentType)
			})
			if accepted {
				Expect(got.Status).To(Equal(http.StatusOK))
				return
			}
			Expect(got).To(refuse(http.StatusBadRequest, 8))
		},
		Entry("with the charset, as Agora writes it", "application/json;charset=utf-8", true),
		Entry("with a space and capitals", "application/json; charset=UTF-8", true),
		Entry("without a charset", "application/json", true),
		Entry("not of another charset", "application/json;charset=latin1", false),
		Entry("not of plain text", "text/plain", false),
		Entry("not of a form", "application/x-www-form-urlencoded", false),
		Entry("that is not empty", "", false),
		Entry("that is well-formed", "application/json;;=", false),
	)

	It("may hold members that nobody knows", func() {
		body := envelope(members{"unknown": []any{1, nil, members{}}})
		body["more"] = true
		Expect(newService().call(http.MethodPost, basePath+"/acquire", encode(body)).Status).To(Equal(http.StatusOK))
	})

	It("are not needed by query", func() {
		s := newService()
		recording := s.running()
		got := s.call(http.MethodGet, queryPath(recording), "", func(r *http.Request) { r.Header.Del("Content-Type") })
		Expect(got.Status).To(Equal(http.StatusOK))
	})

	It("never bring the service down, whatever stands in a member", func() {
		odd := []any{nil, true, -1, 0, 1e308, "", "72", "\x00", []any{}, []any{nil}, []any{1}, []any{members{}}, members{}, members{"x": nil}}
		s := newService()
		attack := func(path string, body members) {
			for _, request := range variants(body, odd) {
				got := s.call(http.MethodPost, path, encode(request))
				Expect(got.Status).To(SatisfyAny(Equal(200), Equal(201), Equal(206), Equal(400), Equal(404)), encode(request))
			}
		}
		attack(basePath+"/acquire", envelope(members{"scene": 0, "resourceExpiredHour": 1, "startParameter": members{}}))
		for _, mode := range []string{recorder.ModeMix, recorder.ModeIndividual, recorder.ModeWeb} {
			request := startRequest(mode)
			request["recordingFileConfig"] = members{"avFileType": []any{"hls"}}
			request["snapshotConfig"] = members{"fileType": []any{"jpg"}}
			attack(startPath(s.acquired(acquireRequest(mode)), mode), envelope(request))
		}
		attack(stopPath(s.running(func(o *agorasim.RecordingOptions) { o.CName = "other" })), envelope(members{"async_stop": true}))
	})
})

// variants returns copies of the body in which one member, at any depth, is replaced by
// one of the values.
func variants(body members, values []any) []members {
	var all []members
	for key, member := range body {
		with := func(value any) members {
			variant := members{}
			for k, v := range body {
				variant[k] = v
			}
			variant[key] = value
			return variant
		}
		for _, value := range values {
			all = append(all, with(value))
		}
		if inner, ok := member.(members); ok {
			for _, value := range variants(inner, values) {
				all = append(all, with(value))
			}
		}
	}
	return all
}
