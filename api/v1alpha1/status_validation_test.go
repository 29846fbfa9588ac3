// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"context"
	"fmt"
	"os"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// setStatus writes a status, or a part of it, with the required permission.
func setStatus(ctx context.Context, status string) (*v1alpha1.CloudRecording, error) {
	GinkgoHelper()
	object := recording(func(manifest) {})
	Expect(api.Create(ctx, object)).To(Succeed())
	err := api.Status().Patch(ctx, object, client.RawPatch("application/merge-patch+json", []byte(`{"status":`+status+`}`)))
	read := &v1alpha1.CloudRecording{}
	Expect(api.Get(ctx, client.ObjectKeyFromObject(object), read)).To(Succeed(), "Go cannot read what the API server has accepted")
	return read, err
}

var _ = Describe("the status of a CloudRecording", func() {
	DescribeTable("cannot hold what keeps every client from listing recordings: a time",
		func(ctx context.Context, time string) {
			for _, status := range []string{
				`{"stoppedTime":%q}`,
				`{"lastError":{"operation":"query","since":%q}}`,
				`{"verification":{"time":%q}}`,
				`{"failover":{"time":%q}}`,
				`{"exit":{"time":%q}}`,
				`{"notified":[{"eventType":1,"uid":"1","time":%q}]}`,
				`{"conditions":[{"type":"Ready","status":"True","reason":"A","message":"","lastTransitionTime":%q}]}`,
			} {
				_, err := setStatus(ctx, fmt.Sprintf(status, time))
				Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%s: %v", status, err)
			}
		},
		Entry("in lower case", "2026-01-01t00:00:00z"),
		Entry("in lower case in part", "2026-01-01T00:00:00z"),
		Entry("with the offset of no zone", "2026-01-01T00:00:00+99:99"),
		Entry("with a letter before its fraction", "2026-01-01T00:00:00x5Z"),
		Entry("on a day that there is not", "2026-02-30T00:00:00Z"),
		Entry("in an hour that there is not", "2026-01-01T24:00:00Z"),
		Entry("without a zone", "2026-01-01T00:00:00"),
		Entry("that is empty", ""),
	)

	It("cannot hold a time of a notification with another fraction than Go reads", func(ctx context.Context) {
		for _, time := range []string{"2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.1234567Z"} {
			_, err := setStatus(ctx, fmt.Sprintf(`{"notified":[{"eventType":1,"uid":"1","time":%q}]}`, time))
			Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%s: %v", time, err)
		}
	})

	DescribeTable("cannot hold a number that Go cannot",
		func(ctx context.Context, status string) {
			_, err := setStatus(ctx, status)
			Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%v", err)
		},
		Entry("beyond 32 bits", `{"serviceStatus":99999999999}`),
		Entry("far below zero", `{"fileCount":-99999999999}`),
		Entry("beyond 64 bits", `{"fileList":[{"fileName":"a","sliceStartTime":9223372036854775808}]}`),
		Entry("that is not whole", `{"verification":{"time":"2026-01-01T00:00:00Z","bytes":0.5}}`),
		Entry("as large as can be", `{"observedGeneration":1e300}`),
	)

	It("holds every time that the operator writes", func(ctx context.Context) {
		for _, time := range []string{"0001-01-01T00:00:00Z", "1970-01-01T00:00:01Z", "2026-07-14T23:59:59Z", "9999-12-31T23:59:59Z"} {
			object, err := setStatus(ctx, fmt.Sprintf(`{"stoppedTime":%[1]q,
				"conditions":[{"type":"Ready","status":"True","reason":"A","message":"","lastTransitionTime":%[1]q}]}`, time))
			Expect(err).NotTo(HaveOccurred())
			Expect(object.Status.StoppedTime.UTC().Format(metav1.RFC3339Micro)).To(HavePrefix(time[:19]))
		}
		_, err := setStatus(ctx, `{"notified":[{"eventType":1,"uid":"1","time":"2026-07-14T23:59:59.123000Z"}]}`)
		Expect(err).NotTo(HaveOccurred())
	})

	It("says for every time what it must look like", func() {
		content, err := os.ReadFile("../../config/crd/bases/cloudrecording.dev_cloudrecordings.yaml")
		Expect(err).NotTo(HaveOccurred())
		definition := manifest{}
		Expect(yaml.Unmarshal(content, &definition)).To(Succeed())
		Expect(uncheckedTimes("crd", definition)).To(BeEmpty())
	})
})

// uncheckedTimes returns the paths at which a schema allows times that Go cannot decode.
func uncheckedTimes(path string, part any) []string {
	var unchecked []string
	switch part := part.(type) {
	case []any:
		for i, element := range part {
			unchecked = append(unchecked, uncheckedTimes(fmt.Sprintf("%s[%d]", path, i), element)...)
		}
	case manifest:
		if part["format"] == "date-time" && part["pattern"] == nil {
			unchecked = append(unchecked, path)
		}
		for name, element := range part {
			// The type of conditions is Kubernetes' own, and a rule checks this field.
			if name != "lastTransitionTime" {
				unchecked = append(unchecked, uncheckedTimes(path+"."+name, element)...)
			}
		}
	}
	return unchecked
}
