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
	helm := Commands{Kubectl: "kubectl", Again: "helm uninstall x"}
	elsewhere := Commands{Kubectl: "kubectl --context=school", Again: "make undeploy", AgainByForce: "make undeploy FORCE=true"}
	for name, c := range map[string]struct {
		err      error
		expected OmegaMatcher
	}{
		"recordings": {&RecordingsRemainError{recordings: remaining(2, 0), commands: helm}, And(
			HavePrefix("Nothing was removed, since CloudRecordings exist."),
			ContainSubstring("  school/lesson-0\n  school/lesson-1\n"),
			ContainSubstring("kubectl delete cloudrecordings"), ContainSubstring(`{"spec":{"upload":{"deletionTimeout":"0s"}}}`),
			ContainSubstring("before you delete it.\nThen run this again:"), HaveSuffix("Then run this again:\n  helm uninstall x"))},
		"recordings of another cluster": {&RecordingsRemainError{recordings: remaining(1), commands: elsewhere}, And(
			ContainSubstring("\n  kubectl --context=school delete cloudrecordings NAME"), ContainSubstring("\n  kubectl --context=school patch "),
			ContainSubstring("before you delete it. For all of them:\n  make undeploy FORCE=true\nThen run this again:\n  make undeploy"))},
		"recordings that were waited for": {&RecordingsRemainError{recordings: remaining(1, 0), commands: helm, waited: time.Hour},
			HavePrefix("Nothing was removed, since CloudRecordings are still being deleted after 1h0m0s:")},
		"schedules": {&SchedulesRemainError{schedules: remaining(1), commands: elsewhere}, And(
			HavePrefix("Nothing was removed, since CloudRecordingSchedules exist."), ContainSubstring("  school/lesson-0\n"),
			ContainSubstring("\n  kubectl --context=school delete cloudrecordingschedules --all --all-namespaces\n"))},
		"recordings that are being deleted": {&RecordingsRemainError{recordings: remaining(1, 0), commands: helm}, And(
			HavePrefix("Nothing was removed, since CloudRecordings are still being deleted:"),
			ContainSubstring("kubectl wait cloudrecordings"), Not(ContainSubstring("kubectl delete")))},
		"a Secret": {&SecretsHeldError{secrets: remaining(1), commands: Commands{Kubectl: "kubectl"}}, And(
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
