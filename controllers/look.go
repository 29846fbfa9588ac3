// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/log"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/storage"
)

// look begins to look for a recording's files in the bucket. The verifier bounds
// how long that takes, and how many look at once.
func (r *CloudRecordingReconciler) look(
	ctx context.Context, recording *v1alpha1.CloudRecording, credentials storageCredentials,
) {
	location := locationOf(recording.Spec.Storage)
	named := namedFiles(recording.Status)
	wanted := storage.Recording{SID: identityOf(recording).SID, Mode: recording.Spec.Mode, Files: named}
	r.looks.start(ctx, recording, task[look]{
		what:       string(actionLook),
		turn:       r.Clock.Now(),
		repeatable: true,
		run: func(ctx context.Context) look {
			begin := r.Clock.Now()
			finding, err := r.Storage.Verify(ctx, location, credentials.Credentials, wanted)
			r.Metrics.looked(finding, err, r.Clock.Since(begin))
			log.FromContext(ctx).V(1).Info("Looked into the bucket",
				"location", location.String(), "complete", err == nil && finding.Complete(), "missing", finding.Missing, "cause", err)
			return look{location: location.String(), named: named, finding: finding, err: err}
		},
	})
}
