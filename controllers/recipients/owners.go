// SPDX-License-Identifier: Apache-2.0

package recipients

import (
	"context"
	"fmt"
	"time"

	utilcache "k8s.io/apimachinery/pkg/util/cache"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

const (
	// keepEnded is how long an ended recording is remembered after its object is deleted.
	// Its files may still be uploaded, and Agora sends notifications about that.
	keepEnded = time.Hour

	// maxEnded limits how many of them are remembered.
	maxEnded = 1 << 12
)

// endedRecordings are the sids of recordings that had ended when their object was
// deleted.
type endedRecordings struct{ sids *utilcache.LRUExpireCache }

func newEndedRecordings() endedRecordings {
	return endedRecordings{sids: utilcache.NewLRUExpireCache(maxEnded)}
}

// note records a deleted object.
func (e endedRecordings) note(recording *v1alpha1.CloudRecording) {
	if lifecycle.HasEnded(&recording.Status.SessionStatus) {
		e.sids.Add(lifecycle.IdentityOf(recording).SID, nil, keepEnded)
	}
	for i := range recording.Status.Sessions {
		if session := &recording.Status.Sessions[i]; lifecycle.HasEnded(session) || lifecycle.IsSettled(session) {
			e.sids.Add(session.SID, nil, keepEnded)
		}
	}
}

// noteDeleted handles the deletions in a cache.
func (e endedRecordings) noteDeleted(object any) {
	if unknown, ok := object.(toolscache.DeletedFinalStateUnknown); ok {
		object = unknown.Obj
	}
	if recording, ok := object.(*v1alpha1.CloudRecording); ok {
		e.note(recording)
	}
}

// HasOwner reports whether, as far as this replica knows, a recording has a sid, or had
// it until it ended.
func (d *Finder) HasOwner(ctx context.Context, sid string) (bool, error) {
	if _, hasEnded := d.ended.sids.Get(sid); hasEnded {
		return true, nil
	}
	list := &v1alpha1.CloudRecordingList{}
	if err := d.recordings.List(ctx, list, client.MatchingFields{sidIndex: sid}, client.UnsafeDisableDeepCopy, client.Limit(1)); err != nil {
		return false, fmt.Errorf("find the recordings with a sid: %w", err)
	}
	return len(list.Items) > 0, nil
}
