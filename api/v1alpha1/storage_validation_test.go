// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"context"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// storage changes fields of an otherwise valid storage.
func storage(change func(storage manifest)) func(manifest) {
	return func(spec manifest) {
		storage := manifest{
			"vendor":                   1,
			"region":                   0,
			"bucket":                   "recordings",
			"fileNamePrefix":           []any{"rec", "room1"},
			"readCredentialsSecretRef": manifest{"name": "bucket-reader"},
		}
		change(storage)
		spec["storage"] = storage
	}
}

func storedWith(vendor, region int) func(manifest) {
	return storage(func(storage manifest) {
		storage["vendor"], storage["region"] = vendor, region
		if vendor == 11 {
			storage["endpoint"] = "storage.example.com"
		}
	})
}

func storedAt(endpoint string) func(manifest) { return storage(set("endpoint", endpoint)) }

func prefixed(elements ...any) func(manifest) { return storage(set("fileNamePrefix", elements)) }

var _ = Describe("the storage of a CloudRecording", func() {
	DescribeTable("is refused with a message that says what to do",
		func(ctx context.Context, change func(manifest), message string) {
			err := api.Create(ctx, recording(change))
			Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%v", err)
			Expect(err.Error()).To(ContainSubstring(message))
		},
		Entry("an unknown vendor", storedWith(9, 0), "spec.storage.vendor must be one of Agora's numbers for a storage service"),
		Entry("a vendor that Agora no longer takes", storedWith(0, 0), "spec.storage.vendor must be one of Agora's numbers"),
		Entry("no vendor", storage(unset("vendor")), "spec.storage.vendor: Required value"),
		Entry("no region", storage(unset("region")), "spec.storage.region: Required value"),
		Entry("a negative region", storedWith(1, -1), "spec.storage.region"),
		Entry("an unknown region of vendor 1", storedWith(1, 26), "must be one of Agora's numbers for a region of Amazon S3"),
		Entry("an unknown region of vendor 2", storedWith(2, 28), "must be one of Agora's numbers for a region of Alibaba Cloud"),
		Entry("an unknown region of vendor 3", storedWith(3, 20), "must be one of Agora's numbers for a region of Tencent Cloud"),
		Entry("a region of vendor 5", storedWith(5, 1), "must be 0 for the vendors 5, 6 and 11"),
		Entry("a region of vendor 6", storedWith(6, 1), "must be 0 for the vendors 5, 6 and 11"),
		Entry("an unknown region of vendor 7", storedWith(7, 16), "must be one of Agora's numbers for a region of Huawei Cloud"),
		Entry("an unknown region of vendor 8", storedWith(8, 8), "must be one of Agora's numbers for a region of Baidu AI Cloud"),
		Entry("a region of vendor 11", storedWith(11, 1), "must be 0 for the vendors 5, 6 and 11"),
		Entry("vendor 11 without an endpoint", storage(set("vendor", 11)), "spec.storage.endpoint must be set for vendor 11"),
		Entry("no bucket", storage(unset("bucket")), "spec.storage.bucket: Required value"),
		Entry("an empty bucket", storage(set("bucket", "")), "spec.storage.bucket"),
		Entry("a bucket with a slash", storage(set("bucket", "a/b")), "spec.storage.bucket must be the name of a bucket"),
		Entry("a bucket with a host in it", storage(set("bucket", "evil.example.com?")), "spec.storage.bucket must be the name of a bucket"),
		Entry("a prefix with a slash", prefixed("rec/room1"), "spec.storage.fileNamePrefix must hold elements of letters and digits only"),
		Entry("a prefix with a hyphen", prefixed("room-1"), "spec.storage.fileNamePrefix must hold elements of letters and digits only"),
		Entry("a prefix with a dot-dot", prefixed(".."), "spec.storage.fileNamePrefix must hold elements of letters and digits only"),
		Entry("a prefix with an empty element", prefixed("rec", ""), "spec.storage.fileNamePrefix must hold elements of letters and digits only"),
		Entry("a prefix of 129 characters", prefixed(strings.Repeat("a", 64), strings.Repeat("b", 64)), "spec.storage.fileNamePrefix must not be longer than 128 characters"),
		Entry("an endpoint with user info", storedAt("https://user@example.com"), "spec.storage.endpoint must be a host"),
		Entry("an endpoint with a query", storedAt("https://example.com/?a=b"), "spec.storage.endpoint must be a host"),
		Entry("an endpoint of another scheme", storedAt("file:///etc/passwd"), "spec.storage.endpoint must be a host"),
		Entry("no Secret", storage(unset("readCredentialsSecretRef")), "set spec.storage.readCredentialsSecretRef"),
		Entry("a Secret of another namespace", storage(set("readCredentialsSecretRef", manifest{"name": "other/bucket"})), "must be that of a Secret in the same namespace"),
	)

	DescribeTable("is accepted",
		func(ctx context.Context, change func(manifest)) {
			Expect(api.Create(ctx, recording(change))).To(Succeed())
		},
		Entry("in the first region of vendor 1", storedWith(1, 0)),
		Entry("in the last region of vendor 1", storedWith(1, 28)),
		Entry("in the last region of vendor 2", storedWith(2, 27)),
		Entry("in the last region of vendor 3", storedWith(3, 19)),
		Entry("with vendor 5", storedWith(5, 0)),
		Entry("with vendor 6", storedWith(6, 0)),
		Entry("in the last region of vendor 7", storedWith(7, 15)),
		Entry("in the last region of vendor 8", storedWith(8, 7)),
		Entry("with vendor 11", storedWith(11, 0)),
		Entry("at a host with a port", storedAt("storage.example.com:9000")),
		Entry("at a URL with a path", storedAt("http://127.0.0.1:10000/devstoreaccount1")),
		Entry("without a prefix", storage(unset("fileNamePrefix"))),
		Entry("with a prefix of 128 characters", prefixed(strings.Repeat("a", 64), strings.Repeat("b", 63))),
		Entry("with Agora's own key alone", storage(func(storage manifest) {
			delete(storage, "readCredentialsSecretRef")
			storage["credentialsSecretRef"] = manifest{"name": "bucket-writer"}
		})),
	)

	It("can be added to a recording that was stopped, changed, and taken away", func(ctx context.Context) {
		object := recording(set("state", "Stopped"))
		Expect(api.Create(ctx, object)).To(Succeed())
		for _, change := range []string{
			`{"spec":{"storage":{"vendor":1,"region":0,"bucket":"recordings","readCredentialsSecretRef":{"name":"bucket-reader"}}}}`,
			`{"spec":{"storage":{"vendor":2,"region":27,"bucket":"others"}}}`,
			`{"spec":{"storage":null}}`,
		} {
			Expect(api.Patch(ctx, object, client.RawPatch("application/merge-patch+json", []byte(change)))).To(Succeed())
		}
	})
})
