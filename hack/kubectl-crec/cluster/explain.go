// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
)

// Explain describes why an operation on a recording failed, and what to do. If the name
// is empty, the operation was about all recordings.
func (c *Cluster) Explain(verb, name string, err error) error {
	object := fmt.Sprintf("CloudRecording %q in namespace %q", name, c.Namespace)
	if name == "" {
		object = fmt.Sprintf("the CloudRecordings in namespace %q", c.Namespace)
	}
	switch {
	case err == nil:
		return nil
	case meta.IsNoMatchError(err), apierrors.IsNotFound(err) && isOfNoResource(err):
		return fmt.Errorf("cannot %s %s: the cluster has no such kind. Install the operator, or name another cluster by --context: %w", verb, object, err)
	case apierrors.IsNotFound(err):
		return fmt.Errorf("there is no %s: list those there are by kubectl get crec, or give another namespace by -n", object)
	case apierrors.IsForbidden(err):
		return fmt.Errorf("cannot %s %s: you may not. Ask for the ClusterRole cloudrecording-editor-role, or cloudrecording-viewer-role to look only: %w", verb, object, err)
	case apierrors.IsInvalid(err):
		return fmt.Errorf("cannot %s %s: the API server refuses it. Correct what it names: %w", verb, object, err)
	case apierrors.IsAlreadyExists(err):
		return fmt.Errorf("cannot %s %s: it exists already. Choose another name by --name", verb, object)
	default:
		return fmt.Errorf("cannot %s %s: %w", verb, object, err)
	}
}

// isOfNoResource distinguishes a missing kind from a missing object.
func isOfNoResource(err error) bool {
	var status apierrors.APIStatus
	return errors.As(err, &status) && (status.Status().Details == nil || status.Status().Details.Name == "")
}
