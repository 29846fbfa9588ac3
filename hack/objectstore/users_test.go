// SPDX-License-Identifier: Apache-2.0

package objectstore_test

import (
	"context"
	"errors"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"cloudrecording.dev/operator/hack/objectstore"
)

var _ = Describe("A user", func() {
	var server *objectstore.Server

	BeforeEach(func(ctx SpecContext) {
		server = start(ctx, objectstore.StartS3)
		write(ctx, openBucket(ctx, server), "math/slice.ts", "slice")
	})

	DescribeTable("may do what was granted and nothing else",
		func(ctx SpecContext, actions []string, list, read, write gcerrors.ErrorCode) {
			pair, err := server.AddUser(ctx, bucketName, actions...)
			Expect(err).NotTo(HaveOccurred())
			bucket := openAs(ctx, server, pair)

			Expect(gcerrors.Code(listAll(ctx, bucket))).To(Equal(list), "listing")
			_, err = bucket.ReadAll(ctx, "math/slice.ts")
			Expect(gcerrors.Code(err)).To(Equal(read), "reading")
			err = bucket.WriteAll(ctx, "math/other.ts", []byte("other"), nil)
			Expect(gcerrors.Code(err)).To(Equal(write), "writing")
		},
		Entry("listing alone", []string{"s3:ListBucket"}, gcerrors.OK, gcerrors.PermissionDenied, gcerrors.PermissionDenied),
		Entry("reading alone", []string{"s3:GetObject"}, gcerrors.PermissionDenied, gcerrors.OK, gcerrors.PermissionDenied),
		Entry("writing alone", []string{"s3:PutObject"}, gcerrors.PermissionDenied, gcerrors.PermissionDenied, gcerrors.OK),
		Entry("nothing", nil, gcerrors.PermissionDenied, gcerrors.PermissionDenied, gcerrors.PermissionDenied),
	)

	It("keeps its rights when another is added", func(ctx SpecContext) {
		reader, err := server.AddReader(ctx, bucketName)
		Expect(err).NotTo(HaveOccurred())
		_, err = server.AddUser(ctx, bucketName, "s3:PutObject")
		Expect(err).NotTo(HaveOccurred())

		bucket := openAs(ctx, server, reader)

		Expect(listAll(ctx, bucket)).To(Succeed())
		Expect(bucket.ReadAll(ctx, "math/slice.ts")).To(BeEquivalentTo("slice"))
	})

	It("has no rights in another bucket", func(ctx SpecContext) {
		Expect(server.CreateBucket(ctx, "others")).To(Succeed())
		reader, err := server.AddReader(ctx, "others")
		Expect(err).NotTo(HaveOccurred())

		Expect(gcerrors.Code(listAll(ctx, openAs(ctx, server, reader)))).To(Equal(gcerrors.PermissionDenied))
	})

	It("is not to be had from Azure", func(ctx SpecContext) {
		azure := start(ctx, objectstore.StartAzure)

		_, err := azure.AddReader(ctx, bucketName)

		Expect(err).To(MatchError(errors.ErrUnsupported))
	})
})

func listAll(ctx context.Context, bucket *blob.Bucket) error {
	_, _, err := bucket.ListPage(ctx, blob.FirstPageToken, 10, nil)
	return err
}
