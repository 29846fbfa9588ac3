// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/yaml"
)

// statusSchema returns the schema of the status in a CRD.
func statusSchema(plural string) manifest {
	GinkgoHelper()
	content, err := os.ReadFile("../../config/crd/bases/cloudrecording.dev_" + plural + ".yaml")
	Expect(err).NotTo(HaveOccurred())
	part := manifest{}
	Expect(yaml.Unmarshal(content, &part)).To(Succeed())
	spec, ok := part["spec"].(manifest)
	Expect(ok).To(BeTrue())
	versions, ok := spec["versions"].([]any)
	Expect(ok).To(BeTrue())
	part, ok = versions[0].(manifest)
	Expect(ok).To(BeTrue())
	for _, name := range []string{"schema", "openAPIV3Schema", "properties", "status"} {
		part, ok = part[name].(manifest)
		Expect(ok).To(BeTrue(), name)
	}
	return part
}

// visitSchema visits all parts of a schema.
func visitSchema(path string, schema manifest, visit func(path string, schema manifest)) {
	visit(path, schema)
	if properties, ok := schema["properties"].(manifest); ok {
		for name, property := range properties {
			if property, ok := property.(manifest); ok {
				visitSchema(path+"."+name, property, visit)
			}
		}
	}
	if items, ok := schema["items"].(manifest); ok {
		visitSchema(path+"[]", items, visit)
	}
}

var _ = Describe("the status of a CloudRecording", func() {
	DescribeTable("has a bound for every list and text, and no map",
		func(plural string, expected ...any) {
			var unbounded, visited []string
			visitSchema("status", statusSchema(plural), func(path string, schema manifest) {
				visited = append(visited, path)
				switch {
				case schema["type"] == "array" && schema["maxItems"] == nil,
					schema["type"] == "string" && schema["maxLength"] == nil && schema["format"] != "date-time" && schema["enum"] == nil,
					schema["additionalProperties"] != nil, schema["x-kubernetes-preserve-unknown-fields"] != nil:
					unbounded = append(unbounded, path)
				}
			})
			Expect(visited).To(ContainElements(expected...))
			Expect(unbounded).To(BeEmpty())
		},
		Entry("of a recording", "cloudrecordings", "status.fileList[].fileName", "status.sessions[].notified[].uid", "status.verification.missingFiles[]"),
		Entry("of a schedule", "cloudrecordingschedules", "status.active[].name", "status.made[]", "status.lastMissed.reason"),
	)

	DescribeTable("restricts no words to those that there are today",
		func(plural string) {
			var restricted []string
			visitSchema("status", statusSchema(plural), func(path string, schema manifest) {
				// The status of a condition is a type of Kubernetes, which will always have
				// three values.
				if schema["enum"] != nil && !strings.HasSuffix(path, "conditions[].status") {
					restricted = append(restricted, path)
				}
			})
			Expect(restricted).To(BeEmpty())
		},
		Entry("of a recording", "cloudrecordings"),
		Entry("of a schedule", "cloudrecordingschedules"),
	)

	It("takes a phase and a reason that only a newer operator knows", func(ctx context.Context) {
		object, err := setStatus(ctx, `{"phase":"Scheduled","stopReason":"WindowEnded"}`)
		Expect(err).NotTo(HaveOccurred())
		Expect(object.Status.Phase).To(BeEquivalentTo("Scheduled"))
	})

	DescribeTable("cannot hold what is too long",
		func(ctx context.Context, status string, longest, tooLong int) {
			_, err := setStatus(ctx, fmt.Sprintf(status, strings.Repeat("1", longest)))
			Expect(err).NotTo(HaveOccurred())
			_, err = setStatus(ctx, fmt.Sprintf(status, strings.Repeat("1", tooLong)))
			Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%v", err)
		},
		Entry("a phase", `{"phase":%q}`, 64, 65),
		Entry("a sid", `{"sid":%q}`, 128, 129),
		Entry("a file's name", `{"fileList":[{"fileName":%q}]}`, 1024, 1025),
		Entry("an error's text", `{"lastError":{"operation":"query","since":"2026-01-01T00:00:00Z","reason":%q}}`, 512, 513),
		Entry("a recorder's user ID", `{"notified":[{"eventType":31,"uid":%q,"time":"2026-01-01T00:00:00.000000Z"}]}`, 10, 11),
		Entry("a condition's message",
			`{"conditions":[{"type":"Ready","status":"True","reason":"A","lastTransitionTime":"2026-01-01T00:00:00Z","message":%q}]}`, 1024, 1025),
		Entry("a session's address of a CDN",
			`{"sessions":[{"sid":"a","extensionServiceState":[{"serviceName":"s","payload":{"outputs":[{"rtmpUrl":%q}]}}]}]}`, 256, 257),
	)

	It("cannot hold an event of what is no user", func(ctx context.Context) {
		for _, uid := range []string{"", "one", "-1", "1 "} {
			_, err := setStatus(ctx, fmt.Sprintf(`{"notified":[{"eventType":31,"uid":%q,"time":"2026-01-01T00:00:00.000000Z"}]}`, uid))
			Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%q: %v", uid, err)
		}
	})
})
