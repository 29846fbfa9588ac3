// SPDX-License-Identifier: Apache-2.0

package storage_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/controllers/storage"
)

var _ = Describe("A location", func() {
	DescribeTable("reads as its host, bucket and folder",
		func(location storage.Location, text string) {
			Expect(location.String()).To(Equal(text))
		},
		Entry(nil, storage.Location{Vendor: 1, Bucket: "recordings", FileNamePrefix: []string{"rec", "room1"}}, "s3.us-east-1.amazonaws.com/recordings/rec/room1/"),
		Entry(nil, storage.Location{Vendor: 5, Bucket: "recordings"}, "blob.core.windows.net/recordings/"),
		Entry(nil, storage.Location{Vendor: 11, Endpoint: "https://Storage.example.com:9000/s3/", Bucket: "b"}, "storage.example.com:9000/s3/b/"),
		Entry(nil, storage.Location{Vendor: 11, Endpoint: "https://user:hunter2@storage.example.com", Bucket: "b"}, "[unusable endpoint]/b/"),
	)

	It("has a folder with a slash, or none", func() {
		Expect(storage.Location{}.Prefix()).To(BeEmpty())
		Expect(storage.Location{FileNamePrefix: []string{"rec", "room1"}}.Prefix()).To(Equal("rec/room1/"))
	})
})
