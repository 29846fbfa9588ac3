// SPDX-License-Identifier: Apache-2.0

package policies

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// tryCreation tries to create a recording that no schedule has made, in the namespace of
// the first recording that it finds. The operator must not be able to.
func (c *Check) tryCreation(ctx context.Context, namespace string) (Finding, error) {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("CloudRecording"))
	if err := c.Reader.List(ctx, list, client.InNamespace(namespace), client.Limit(1)); err != nil {
		return NotKnown, fmt.Errorf("find a namespace with a recording: %w", err)
	}
	if len(list.Items) == 0 {
		return NotKnown, nil
	}
	return findingOf("creation", c.Writer.Create(ctx, recordingOfNobody(list.Items[0].Namespace), client.DryRunAll))
}

// recordingOfNobody returns a recording that the API server would accept from a user.
func recordingOfNobody(namespace string) *v1alpha1.CloudRecording {
	return &v1alpha1.CloudRecording{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, GenerateName: "policy-check-"},
		Spec: v1alpha1.CloudRecordingSpec{
			AppID: "policy-check", CName: "policy-check", UID: "1", Mode: v1alpha1.MixMode, ResourceID: "policy-check", SID: "policy-check",
			CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: "policy-check"},
		},
	}
}
