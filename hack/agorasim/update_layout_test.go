// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// region returns a complete element of layoutConfig with one change.
func region(key string, value any) members {
	one := members{"uid": "1", "x_axis": 0.0, "y_axis": 0.0, "width": 0.5, "height": 1.0, "alpha": 0.5, "render_mode": 1}
	one[key] = value
	return one
}

func custom(regions ...any) members {
	return members{"mixedVideoLayout": 3, "layoutConfig": append([]any{}, regions...)}
}

var _ = Describe("updateLayout", func() {
	var s *service
	BeforeEach(func() { s = newService() })

	layoutOf := func(r agorasim.Recording) recorder.Layout {
		GinkgoHelper()
		layout := s.now(r).Configuration.Layout
		Expect(layout).NotTo(BeNil())
		return *layout
	}
	black := recorder.Layout{BackgroundColor: "#000000"}

	It("answers cname, uid, resource ID and sid", func() {
		r := s.running()
		got := s.updateLayout(r, members{"mixedVideoLayout": 1})
		Expect(got.Status).To(Equal(http.StatusOK))
		Expect(got.Body).To(MatchJSON("{" + identity(r) + "}"))
		Expect(s.now(r).Updates).To(Equal(recorder.Updates{LayoutRequests: 1, Layout: 1}))
	})

	It("replaces the whole layout, with the defaults for what is left out", func() {
		r := s.started(recorder.ModeMix, func(request members) {
			request["recordingConfig"] = members{"channelType": 1, "transcodingConfig": members{
				"width": 640, "height": 360, "fps": 15, "bitrate": 500,
				"mixedVideoLayout": 2, "maxResolutionUid": "7", "backgroundColor": "#ff0000",
			}}
		})
		Expect(layoutOf(r)).To(Equal(recorder.Layout{MixedVideoLayout: 2, MaxResolutionUID: "7", BackgroundColor: "#ff0000"}))
		whole := custom(region("uid", "1"), members{"x_axis": 0.5, "y_axis": 0, "width": 0.5, "height": 1})
		whole["backgroundColor"] = "#00FF00"
		whole["backgroundImage"] = "https://example.com/a.jpg"
		whole["defaultUserBackgroundImage"] = "https://example.com/b.jpg"
		whole["backgroundConfig"] = []any{members{"uid": "1", "image_url": "https://example.com/c.jpg", "render_mode": 1}}
		Expect(s.updateLayout(r, whole).Status).To(Equal(http.StatusOK))
		Expect(layoutOf(r)).To(Equal(recorder.Layout{
			MixedVideoLayout: 3, BackgroundColor: "#00FF00",
			BackgroundImage: "https://example.com/a.jpg", DefaultUserBackgroundImage: "https://example.com/b.jpg",
			LayoutConfig: []recorder.LayoutRegion{
				{UID: "1", Width: 0.5, Height: 1, Alpha: 0.5, RenderMode: 1}, {XAxis: 0.5, Width: 0.5, Height: 1, Alpha: 1},
			},
			BackgroundConfig: []recorder.LayoutBackground{{UID: "1", ImageURL: "https://example.com/c.jpg", RenderMode: 1}},
		}))
		Expect(s.updateLayout(r, members{"backgroundColor": "#0000ff"}).Status).To(Equal(http.StatusOK))
		Expect(layoutOf(r)).To(Equal(recorder.Layout{BackgroundColor: "#0000ff"}))
		Expect(s.updateLayout(r, members{}).Status).To(Equal(http.StatusOK))
		Expect(layoutOf(r)).To(Equal(black))
	})

	It("takes regions that fill the picture as far as six decimals go", func() {
		third := func(x float64) any { return members{"x_axis": x, "y_axis": 0, "width": 0.333334, "height": 1} }
		Expect(s.updateLayout(s.running(), custom(third(0), third(0.333333), third(0.666666))).Status).To(Equal(http.StatusOK))
	})

	It("takes an empty user ID as one that is left out", func() {
		r := s.running()
		request := custom(region("uid", ""))
		request["maxResolutionUid"] = ""
		Expect(s.updateLayout(r, request).Status).To(Equal(http.StatusOK))
		Expect(layoutOf(r)).To(SatisfyAll(HaveField("MaxResolutionUID", ""), HaveField("LayoutConfig", ConsistOf(HaveField("UID", "")))))
	})

	It("takes 17 regions", func() {
		Expect(s.updateLayout(s.running(), custom(regions(17)...)).Status).To(Equal(http.StatusOK))
	})

	DescribeTable("refuses with code 1028", func(request members) {
		r := s.running()
		got := s.updateLayout(r, request)
		Expect(got).To(refuse(http.StatusBadRequest, 1028))
		Expect(got.text("reason")).NotTo(BeEmpty())
		Expect(layoutOf(r)).To(Equal(black))
		Expect(s.now(r).Updates).To(Equal(recorder.Updates{LayoutRequests: 1}))
	},
		Entry("members that stand deeper", members{"transcodingConfig": members{"mixedVideoLayout": 1}}),
		Entry("an unknown layout", members{"mixedVideoLayout": 4}),
		Entry("a layout in a text", members{"mixedVideoLayout": "1"}),
		Entry("a user that is none", members{"mixedVideoLayout": 2, "maxResolutionUid": "anna"}),
		Entry("a user that is a number", members{"mixedVideoLayout": 2, "maxResolutionUid": 7}),
		Entry("the name of a color", members{"backgroundColor": "red"}),
		Entry("a short color", members{"backgroundColor": "#f00"}),
		Entry("no color", members{"backgroundColor": nil}),
		Entry("an image that is no URL", members{"backgroundImage": "a.jpg"}),
		Entry("a user's image that is no URL", members{"defaultUserBackgroundImage": "file:///a.jpg"}),
		Entry("regions of another layout than 3", members{"mixedVideoLayout": 1, "layoutConfig": []any{region("uid", "1")}}),
		Entry("regions without a layout", members{"layoutConfig": []any{region("uid", "1")}}),
		Entry("a layout of its own without regions", members{"mixedVideoLayout": 3}),
		Entry("18 regions", custom(regions(18)...)),
		Entry("regions that are an object", members{"mixedVideoLayout": 3, "layoutConfig": members{}}),
		Entry("a region that is null", custom(nil)),
		Entry("a region without a place", custom(members{"width": 0.5, "height": 0.5})),
		Entry("a region that begins outside", custom(region("x_axis", -0.1))),
		Entry("a region that ends outside on the right", custom(region("x_axis", 0.6))),
		Entry("a region that ends outside below", custom(region("y_axis", 0.1))),
		Entry("a region that is too wide", custom(region("width", 1.1))),
		Entry("a place in a text", custom(region("x_axis", "0"))),
		Entry("a region more than opaque", custom(region("alpha", 1.1))),
		Entry("a region with an unknown render mode", custom(region("render_mode", 2))),
		Entry("a region of a user that is none", custom(region("uid", "anna"))),
		Entry("a background without a user", members{"backgroundConfig": []any{members{"image_url": "https://example.com/a.jpg"}}}),
		Entry("a background without an image", members{"backgroundConfig": []any{members{"uid": "1"}}}),
		Entry("a background with an unknown render mode", members{
			"backgroundConfig": []any{members{"uid": "1", "image_url": "https://example.com/a.jpg", "render_mode": 2}},
		}),
	)
})

// regions returns this many regions of a layout.
func regions(n int) []any {
	var all []any
	for range n {
		all = append(all, region("uid", "1"))
	}
	return all
}
