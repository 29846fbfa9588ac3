// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
	"cloudrecording.dev/operator/controllers/internal/secrets"
)

func TestEventNamesTheSecretThatLimits(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	recorder := events.NewFakeRecorder(10)
	c := &caller{recorder: recorder, budgets: budget.New(clock.RealClock{})}
	recording := func(namespace, uid string) *v1alpha1.CloudRecording {
		recording := recordingtest.Adopted(recordingtest.Noon)
		recording.Namespace, recording.UID = namespace, types.UID(uid)
		recording.Spec.CredentialsSecretRef.Name = "agora"
		return recording
	}
	tell := func(namespace, uid string, limit float64) {
		c.tellLimit(recording(namespace, uid), secrets.Credentials{Account: "pair", RequestsPerSecond: limit})
	}

	tell("school", "one", 10)
	g.Expect(recorder.Events).NotTo(Receive())

	tell("college", "two", 0.001)
	g.Expect(recorder.Events).To(Receive(Equal(`Warning RequestsLimited Secret "college/agora" states less than 1 in its key requestsPerSecond: it counts as 1,` +
		` lest a recording that is to be stopped wait and be billed. State the account's limit, or remove the key.`)))
	tell("school", "one", 10)
	g.Expect(recorder.Events).To(Receive(Equal(`Warning RequestsLimited Secret "college/agora" holds credentials of the same account and states a lower limit than Secret "school/agora":` +
		` the requests of all of the account's recordings keep to the lower one. State the account's limit in the key requestsPerSecond of both, or remove the key from both.`)))
	for range 3 {
		tell("college", "two", 0.001)
		tell("school", "one", 10)
	}
	g.Expect(recorder.Events).NotTo(Receive(), "each recording is told once")

	tell("school", "three", 10)
	g.Expect(recorder.Events).To(Receive())
}
