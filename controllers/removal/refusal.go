// SPDX-License-Identifier: Apache-2.0

package removal

import (
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// longestList limits how many objects are named.
const longestList = 20

// Commands are the commands that users are told to run.
type Commands struct {
	// Kubectl is the kubectl command to use.
	Kubectl string

	// Again is the command that removes the operator. It is empty if unknown.
	Again string

	// AgainByForce is the command that removes the operator and lets all recordings
	// continue. It is empty if there is none.
	AgainByForce string
}

// SchedulesRemainError means that the operator cannot be removed together with the CRDs
// because schedules exist.
type SchedulesRemainError struct {
	schedules []metav1.PartialObjectMetadata
	commands  Commands
}

// Error implements error.
func (e *SchedulesRemainError) Error() string {
	return "Nothing was removed, since CloudRecordingSchedules exist. They would make further recordings while others are being deleted:\n\n" + names(e.schedules) + "\n" +
		"Delete them first. One with spec.ownership Schedule takes its recordings along, and stops what runs:\n" +
		"  " + e.commands.Kubectl + " delete cloudrecordingschedules NAME --namespace=NAMESPACE\n" +
		"For all of them:\n" +
		"  " + e.commands.Kubectl + " delete cloudrecordingschedules --all --all-namespaces\n" + e.commands.thenRun()
}

// RecordingsRemainError means that the operator cannot be removed because recordings
// exist.
type RecordingsRemainError struct {
	recordings []metav1.PartialObjectMetadata
	commands   Commands

	// waited is how long the check waited for the deletion of recordings.
	waited time.Duration
}

// Error implements error.
func (e *RecordingsRemainError) Error() string {
	kubectl := e.commands.Kubectl
	if !slices.ContainsFunc(e.recordings, isKept) {
		after := ""
		if e.waited > 0 {
			after = " after " + e.waited.String()
		}
		return "Nothing was removed, since CloudRecordings are still being deleted" + after + ":\n\n" + names(e.recordings) + "\n" +
			"Their Ready condition says why. Wait until they are gone:\n" +
			"  " + kubectl + " wait cloudrecordings --all --all-namespaces --for=delete --timeout=1h\n" +
			howDeletingEnds(kubectl) + e.commands.thenRun()
	}
	message := "Nothing was removed, since CloudRecordings exist. Without the operator nobody would stop their recordings," +
		" and their finalizer " + v1alpha1.StopFinalizer + " would keep them and their namespaces from being deleted:\n\n" + names(e.recordings) + "\n" +
		"Delete them first; the lists of their files go with them:\n" +
		"  " + kubectl + " delete cloudrecordings NAME --namespace=NAMESPACE --wait=false\n" +
		howDeletingEnds(kubectl) +
		"To let a recording run on, and be billed, set spec.deletionPolicy to Orphan before you delete it."
	if e.commands.AgainByForce != "" {
		message += " For all of them:\n  " + e.commands.AgainByForce
	}
	return message + "\n" + e.commands.thenRun()
}

// howDeletingEnds says how long a deletion takes, and how to shorten it.
func howDeletingEnds(kubectl string) string {
	return "Deleting a recording stops it, and ends only when it is stopped and its upload is confirmed, or after" +
		" spec.upload.deletionTimeout (30 minutes, if it is not set). Not to wait for the upload, set that to 0s:\n" +
		"  " + kubectl + ` patch cloudrecordings NAME --namespace=NAMESPACE --type=merge --patch='{"spec":{"upload":{"deletionTimeout":"0s"}}}'` + "\n"
}

func isKept(object metav1.PartialObjectMetadata) bool { return object.DeletionTimestamp.IsZero() }

// SecretsHeldError means that the operator cannot be removed because Secrets have its
// finalizer.
type SecretsHeldError struct {
	secrets  []metav1.PartialObjectMetadata
	commands Commands
}

// Error implements error.
func (e *SecretsHeldError) Error() string {
	return "Nothing was removed, since these Secrets have the finalizer " + v1alpha1.InUseFinalizer + ", which would keep them and their" +
		" namespaces from being deleted. No CloudRecording needs them, but no operator has removed it: is one running?\n\n" + names(e.secrets) + "\n" +
		"Have the operator run again, or remove that finalizer from each of them by " + e.commands.Kubectl + " edit.\n" + e.commands.thenRun()
}

func (c Commands) thenRun() string {
	if c.Again == "" {
		return "Then remove the operator."
	}
	return "Then run this again:\n  " + c.Again
}

// names returns a line for each of the first objects, up to the limit.
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
