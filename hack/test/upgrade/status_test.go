// SPDX-License-Identifier: Apache-2.0

//go:build upgrade

package upgrade

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// statuses are the statuses of all objects at a time, by name.
type statuses map[string]v1alpha1.CloudRecordingStatus

// remember reads all statuses.
func remember(ctx context.Context) statuses {
	GinkgoHelper()
	list := &v1alpha1.CloudRecordingList{}
	Expect(k8sClient.List(ctx, list, client.InNamespace(namespace))).To(Succeed())
	known := statuses{}
	for _, object := range list.Items {
		known[object.Name] = object.Status
	}
	return known
}

// stalled returns the names of the objects that wait for a person.
func (s statuses) stalled() []string {
	var names []string
	for name, status := range s {
		if meta.IsStatusConditionTrue(status.Conditions, v1alpha1.StalledCondition) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// expectKept expects that nothing is lost that was known about the objects before, except for
// deleted objects.
func (s statuses) expectKept(before statuses, gone ...string) {
	GinkgoHelper()
	var lost []string
	for name, known := range before {
		now, isThere := s[name]
		switch {
		case slices.Contains(gone, name):
		case !isThere:
			lost = append(lost, name)
		default:
			lost = append(lost, missing(name, members(known), members(now))...)
		}
	}
	Expect(lost).To(BeEmpty())
}

func members(status v1alpha1.CloudRecordingStatus) map[string]any {
	GinkgoHelper()
	converted, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&status)
	Expect(err).NotTo(HaveOccurred())
	return converted
}

// passing are fields that may disappear, because they describe the current state, or are needed
// only temporarily.
var passing = []string{"conditions", "lastError", "notFoundSince", "notified", "serviceStatus", "uploadProgress", "verification"}

// missing returns the parts of a value that have disappeared: fields of an object, elements of
// a list, identifiers, and times. Other values may change.
func missing(path string, before, now any) []string {
	switch before := before.(type) {
	case map[string]any:
		now, _ := now.(map[string]any)
		var lost []string
		for name, value := range before {
			if !slices.Contains(passing, name) {
				lost = append(lost, missingMember(path+"."+name, name, value, now)...)
			}
		}
		return lost
	case []any:
		now, _ := now.([]any)
		var lost []string
		for i, value := range before {
			if !slices.ContainsFunc(now, func(other any) bool { return isSame(value, other) }) {
				lost = append(lost, fmt.Sprintf("%s[%d]", path, i))
			}
		}
		return lost
	default:
		return nil
	}
}

func missingMember(path, name string, value any, of map[string]any) []string {
	now, isThere := of[name]
	switch {
	case !isThere:
		return []string{path}
	case (strings.HasSuffix(name, "Time") || strings.HasSuffix(name, "Id") || slices.Contains(fixed, name)) && text(value) != text(now):
		return []string{fmt.Sprintf("%s: %v has become %v", path, value, now)}
	default:
		return missing(path, value, now)
	}
}

// fixed are further fields that never change, besides identifiers and times.
var fixed = []string{"sid", "uid", "profile", "resolved", "mode", "stopReason", "stoppedReason", "fileListMode", "applied"}

// isSame reports whether two elements of a list have the same identity.
func isSame(one, other any) bool {
	a, isObject := one.(map[string]any)
	b, _ := other.(map[string]any)
	if !isObject {
		return text(one) == text(other)
	}
	for _, key := range []string{"fileName", "resourceId", "serviceName"} {
		if identity, known := a[key]; known {
			return identity == b[key] && len(missing("", a, b)) == 0
		}
	}
	return text(one) == text(other)
}

func text(value any) string {
	encoded, err := json.Marshal(value)
	Expect(err).NotTo(HaveOccurred())
	return string(encoded)
}
