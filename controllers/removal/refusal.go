// SPDX-License-Identifier: Apache-2.0

package removal

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// longestList is how many objects are named.
const longestList = 20

// RecordingsRemainError says that recordings keep the operator from being removed.
type RecordingsRemainError struct {
	recordings []metav1.PartialObjectMetadata
	again      string
}

// Error implements error.
func (e *RecordingsRemainError) Error() string {
	if !slices.ContainsFunc(e.recordings, isKept) {
		return "Nothing was removed, since CloudRecordings are still being deleted:\n\n" + names(e.recordings) + "\n" +
			"Wait until they are gone:\n" +
			"  kubectl wait cloudrecordings --all --all-namespaces --for=delete --timeout=1h\n" +
			howDeletingEnds + thenRun(e.again)
	}
	return "Nothing was removed, since CloudRecordings exist. Without the operator nobody would stop their recordings," +
		" and their finalizer " + v1alpha1.StopFinalizer + " would keep them and their namespaces from being deleted:\n\n" + names(e.recordings) + "\n" +
		"Delete them first; the lists of their files go with them:\n" +
		"  kubectl delete cloudrecordings NAME --namespace=NAMESPACE --wait=false\n" +
		howDeletingEnds +
		"To let a recording run on, and be billed, set spec.deletionPolicy to Orphan before you delete it.\n" + thenRun(e.again)
}

// howDeletingEnds says how long deleting takes, and how it takes less.
const howDeletingEnds = "Deleting a recording stops it, and ends only when it is stopped and its upload is confirmed, or after" +
	" spec.upload.deletionTimeout (30 minutes, if it is not set). Not to wait for the upload, set that to 0s:\n" +
	`  kubectl patch cloudrecordings NAME --namespace=NAMESPACE --type=merge --patch='{"spec":{"upload":{"deletionTimeout":"0s"}}}'` + "\n"

func isKept(object metav1.PartialObjectMetadata) bool { return object.DeletionTimestamp.IsZero() }

// SecretsHeldError says that the finalizers of Secrets keep the operator from being
// removed.
type SecretsHeldError struct {
	secrets []metav1.PartialObjectMetadata
	again   string
}

// Error implements error.
func (e *SecretsHeldError) Error() string {
	return "Nothing was removed, since these Secrets have the finalizer " + v1alpha1.InUseFinalizer + ", which would keep them and their" +
		" namespaces from being deleted. No CloudRecording needs them, but no operator has removed it: is one running?\n\n" + names(e.secrets) + "\n" +
		"Have the operator run again, or remove that finalizer from each of them by kubectl edit.\n" + thenRun(e.again)
}

func thenRun(again string) string {
	if again == "" {
		return "Then remove the operator."
	}
	return "Then run this again:\n  " + again
}

// names returns a line for each of the first objects.
func names(objects []metav1.PartialObjectMetadata) string {
	var written strings.Builder
	for i := range objects {
		if i == longestList {
			fmt.Fprintf(&written, "  and %d more\n", len(objects)-longestList)
			break
		}
		fmt.Fprintf(&written, "  %s/%s\n", objects[i].Namespace, objects[i].Name)
	}
	return written.String()
}
