// SPDX-License-Identifier: Apache-2.0

package removal

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func remaining(count int, deleted ...int) []metav1.PartialObjectMetadata {
	objects := make([]metav1.PartialObjectMetadata, count)
	for i := range objects {
		objects[i].Namespace, objects[i].Name = "school", fmt.Sprint("lesson-", i)
	}
	for _, i := range deleted {
		objects[i].DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)}
	}
	return objects
}

func TestRefusalSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err      error
		expected OmegaMatcher
	}{
		"recordings": {&RecordingsRemainError{recordings: remaining(2, 0), again: "helm uninstall x"}, And(
			HavePrefix("Nothing was removed, since CloudRecordings exist."),
			ContainSubstring("  school/lesson-0\n  school/lesson-1\n"),
			ContainSubstring("kubectl delete cloudrecordings"), ContainSubstring(`{"spec":{"upload":{"deletionTimeout":"0s"}}}`),
			HaveSuffix("Then run this again:\n  helm uninstall x"))},
		"recordings that are being deleted": {&RecordingsRemainError{recordings: remaining(1, 0), again: "helm uninstall x"}, And(
			HavePrefix("Nothing was removed, since CloudRecordings are still being deleted:"),
			ContainSubstring("kubectl wait cloudrecordings"), Not(ContainSubstring("kubectl delete")))},
		"a Secret": {&SecretsHeldError{secrets: remaining(1)}, And(
			ContainSubstring("cloudrecording.dev/in-use"), ContainSubstring("  school/lesson-0\n"), HaveSuffix("Then remove the operator."))},
		"as many as are named":  {&RecordingsRemainError{recordings: remaining(20)}, Not(ContainSubstring("more\n"))},
		"more than can be read": {&RecordingsRemainError{recordings: remaining(23)}, ContainSubstring("  school/lesson-19\n  and 3 more\n")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			NewWithT(t).Expect(c.err.Error()).To(c.expected)
		})
	}
}
