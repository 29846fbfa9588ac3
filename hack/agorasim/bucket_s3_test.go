// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"context"
	"errors"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/objectstore"
)

var _ = Describe("A bucket of a real object store", func() {
	DescribeTable("gets the files of a recording", func(ctx SpecContext, start func(context.Context) (*objectstore.Server, error)) {
		store, err := start(ctx)
		if errors.Is(err, objectstore.ErrNoNode) {
			Skip(err.Error())
		}
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(store.Stop)
		Expect(store.CreateBucket(ctx, "recordings")).To(Succeed())
		bucket, err := store.Bucket(ctx, "recordings")
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(bucket.Close)

		a := archive{bucket}
		s := writtenTo(a)
		r := s.running(withSlices(200), withPrefix, withMP4, withUploadOf(recorder.Upload{EmptySlices: 1}))
		s.uploaded(r)
		index := a.read("rec/room1/" + r.SID + "_lesson.m3u8")
		Expect(index).To(Satisfy(ended))
		sizes := a.sizes()
		Expect(sizes).To(HaveLen(202))
		names := named(index)
		Expect(names).To(HaveLen(200))
		for n, name := range names {
			size := int64(188)
			if n == 199 {
				size = 0
			}
			Expect(sizes).To(HaveKeyWithValue("rec/room1/"+name, size))
		}
	},
		Entry("that speaks S3", objectstore.StartS3),
		Entry("of Azure", objectstore.StartAzure),
	)
})
