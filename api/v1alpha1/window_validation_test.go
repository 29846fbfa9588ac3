// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// window sets a window with a start and an end. An empty text omits one.
func window(start, end string) func(manifest) {
	times := map[string]any{}
	if start != "" {
		times["start"] = start
	}
	if end != "" {
		times["end"] = end
	}
	return set("window", times)
}

var _ = Describe("a window", func() {
	DescribeTable("is refused with a message that says what to do",
		func(ctx context.Context, change func(manifest), message string) {
			err := api.Create(ctx, recording(change))
			Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%v", err)
			Expect(err.Error()).To(ContainSubstring(message))
		},
		Entry("that ends before it starts", all(starting("mix"), window("2026-12-01T10:00:00Z", "2026-12-01T09:00:00Z")), "spec.window.end must be after spec.window.start"),
		Entry("that ends as it starts, in another zone", all(starting("mix"), window("2026-12-01T10:00:00+01:00", "2026-12-01T09:00:00Z")), "spec.window.end must be after spec.window.start"),
		Entry("without any time", all(starting("mix"), window("", "")), "spec.window"),
		Entry("without an offset", all(starting("mix"), window("2026-12-01T10:00:00", "")), "spec.window.start must be a time in whole seconds with its offset from UTC, such as 2030-12-02T09:00:00+01:00"),
		Entry("of a part of a second", all(starting("mix"), window("2026-12-01T10:00:00.5Z", "")), "spec.window.start must be a time in whole seconds"),
		Entry("in words", all(starting("mix"), window("tomorrow", "2026-12-01T09:00:00Z")), "spec.window.start must be a time in whole seconds with its offset"),
		Entry("of an hour that there is not", all(starting("mix"), window("", "2026-12-01T24:00:00Z")), "spec.window.end"),
		Entry("of a second that there is not", all(starting("mix"), window("", "2016-12-31T23:59:60Z")), "spec.window.end"),
		Entry("of a day that there is not", all(starting("mix"), window("", "2026-02-30T10:00:00Z")), "spec.window.end"),
		Entry("with an offset that there is not", all(starting("mix"), window("", "2026-12-01T10:00:00+25:00")), "spec.window.end"),
		Entry("with a start, of a recording that runs", window("2026-12-01T10:00:00Z", ""), "spec.window.start is for recordings that spec.start starts"),
	)

	DescribeTable("is accepted",
		func(ctx context.Context, change func(manifest)) {
			object := recording(change)
			Expect(api.Create(ctx, object)).To(Succeed())
			Expect(api.Get(ctx, client.ObjectKeyFromObject(object), &v1alpha1.CloudRecording{})).To(Succeed(), "Go can read it")
		},
		Entry("with both times, each with its own offset", all(starting("mix"), window("2026-12-01T09:00:00+01:00", "2026-12-01T10:30:00-05:00"))),
		Entry("with a start alone", all(starting("mix"), window("2026-12-01T09:00:00Z", ""))),
		Entry("with an end alone", all(starting("web"), window("", "2026-12-01T09:00:00Z"))),
		Entry("with an end, of a recording that runs", window("", "2026-12-01T09:00:00Z")),
	)

	It("keeps its start once the recording has begun, and lets its end move", func(ctx context.Context) {
		object := recording(all(starting("mix"), window("2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z")))
		Expect(api.Create(ctx, object)).To(Succeed())
		Expect(mergePatch(ctx, object, `{"spec":{"window":{"start":"2026-12-01T08:00:00Z"}}}`)).To(Succeed())
		writeStatus(ctx, object, `{"status":{"startRequestedTime":"2026-12-01T08:00:00Z"}}`)
		const refusal = "spec.window.start cannot be changed once the recording was started"
		Expect(mergePatch(ctx, object, `{"spec":{"window":{"start":"2026-12-01T07:00:00Z"}}}`)).To(MatchError(ContainSubstring(refusal)))
		Expect(mergePatch(ctx, object, `{"spec":{"window":{"start":null}}}`)).To(MatchError(ContainSubstring(refusal)))
		Expect(mergePatch(ctx, object, `{"spec":{"window":{"start":"2026-12-01T08:00:00Z","end":"2026-12-01T11:00:00Z"}}}`)).To(Succeed())
		Expect(mergePatch(ctx, object, `{"spec":{"window":{"end":null}}}`)).To(Succeed())
	})
})
