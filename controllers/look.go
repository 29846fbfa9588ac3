// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/log"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/storage"
)

// lookTimeout bounds a look, and the wait for its turn among all others.
const lookTimeout = 5 * time.Minute

// look begins to look for a recording's files in the bucket. The verifier bounds
// how many look at once.
func (r *CloudRecordingReconciler) look(
	ctx context.Context, recording *v1alpha1.CloudRecording, credentials storageCredentials,
) {
	location := locationOf(recording.Spec.Storage)
	named := namedFiles(recording.Status)
	wanted := storage.Recording{
		Owner: recording.Namespace,
		SID:   identityOf(recording).SID,
		Mode:  recording.Spec.Mode,
		Files: named,
		MP4:   recording.Status.MP4Requested,
	}
	r.looks.start(ctx, recording, task[look]{
		what:       string(actionLook),
		session:    wanted.SID,
		turn:       r.Clock.Now(),
		repeatable: true,
		run: func(ctx context.Context) look {
			ctx, cancel := context.WithTimeout(ctx, lookTimeout)
			defer cancel()
			begin := r.Clock.Now()
			finding, err := r.Storage.Verify(ctx, location, credentials.Credentials, wanted)
			r.Metrics.looked(finding, err, r.Clock.Since(begin))
			log.FromContext(ctx).V(1).Info("Looked into the bucket",
				"location", location.String(), "complete", err == nil && finding.Complete(), "missing", finding.Missing, "cause", err)
			return look{location: location.String(), named: named, finding: finding, err: err}
		},
	})
}
