// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/log"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/decision"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/secrets"
	"cloudrecording.dev/operator/controllers/internal/tasks"
	"cloudrecording.dev/operator/controllers/storage"
)

// verifyTimeout bounds a verification, including the wait for its turn.
const verifyTimeout = 5 * time.Minute

// verify starts to look for a recording's files in the bucket. The verifier bounds how many
// verifications run at once.
func (c *caller) verify(
	ctx context.Context, recording *v1alpha1.CloudRecording, credentials secrets.StorageCredentials,
) {
	location := lifecycle.LocationOf(recording.Spec.Storage)
	named := lifecycle.NamedFiles(recording.Status)
	wanted := storage.Recording{
		Owner: recording.Namespace,
		SID:   lifecycle.IdentityOf(recording).SID,
		Mode:  recording.Spec.Mode,
		Files: named,
		MP4:   recording.Status.MP4Requested,
	}
	c.verifications.Start(ctx, recording, tasks.Task[decision.Verification]{
		What:       string(decision.ActionVerify),
		Session:    wanted.SID,
		Turn:       c.clock.Now(),
		Repeatable: true,
		Run: func(ctx context.Context) decision.Verification {
			ctx, cancel := context.WithTimeout(ctx, verifyTimeout)
			defer cancel()
			begin := c.clock.Now()
			finding, err := c.storage.Verify(ctx, location, credentials.Credentials, wanted)
			c.metrics.Verified(finding, err, c.clock.Since(begin))
			log.FromContext(ctx).V(1).Info("Looked for the files in the bucket",
				"location", location.String(), "complete", err == nil && finding.Complete(), "missing", finding.Missing, "cause", err)
			return decision.Verification{Location: location.String(), Named: named, Finding: finding, Err: err}
		},
	})
}
