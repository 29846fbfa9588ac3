// SPDX-License-Identifier: Apache-2.0

package receiver

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/lru"

	"cloudrecording.dev/operator/controllers/notifications"
)

// maxRecent limits the notices that are remembered. Agora repeats a notification within a
// minute.
const maxRecent = 1 << 15

// notice is an event for a recording. It is remembered only after the recording's secret
// verified it, and only for that recording. So nobody can suppress the events of others.
type notice struct {
	recording types.UID
	// id is a hash, because the signer chooses the length of an ID.
	id [sha256.Size]byte
}

func newNotice(recording types.UID, event notifications.Event) notice {
	return notice{recording: recording, id: sha256.Sum256([]byte(event.NoticeID))}
}

// recent remembers the notices that were accepted and those that are in progress.
type recent struct {
	accepted *lru.Cache

	mu sync.Mutex
	// inFlight holds channels that are closed when the outcome is known.
	inFlight map[notice]chan struct{}
}

func newRecent() *recent {
	return &recent{accepted: lru.New(maxRecent), inFlight: map[notice]chan struct{}{}}
}

// once accepts an event for the recipients that it was not accepted for before. If
// another request is accepting the same event, once waits for its outcome, and accepts
// the event itself if the other request fails.
func (r *recent) once(
	ctx context.Context, event notifications.Event, recipients []notifications.Recipient, accept func([]notifications.Recipient) error,
) (isDuplicate bool, err error) {
	isDuplicate = true
	for {
		claimed, others := r.claim(event, recipients)
		if len(claimed) > 0 {
			err := accept(claimed)
			r.resolve(event, claimed, err == nil)
			if err != nil {
				return false, err
			}
			isDuplicate = false
		}
		if len(others) == 0 {
			return isDuplicate, nil
		}
		for _, other := range others {
			select {
			case <-other:
			case <-ctx.Done():
				return false, fmt.Errorf("wait for the same notification to be accepted: %w", ctx.Err())
			}
		}
	}
}

// claim returns the recipients for which nobody accepts the event yet, and channels to
// wait on for the others.
func (r *recent) claim(event notifications.Event, recipients []notifications.Recipient) (claimed []notifications.Recipient, others []<-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, recipient := range recipients {
		key := newNotice(recipient.UID, event)
		if _, ok := r.accepted.Get(key); ok {
			continue
		}
		if other, ok := r.inFlight[key]; ok {
			others = append(others, other)
			continue
		}
		r.inFlight[key] = make(chan struct{})
		claimed = append(claimed, recipient)
	}
	return claimed, others
}

func (r *recent) resolve(event notifications.Event, claimed []notifications.Recipient, isAccepted bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, recipient := range claimed {
		key := newNotice(recipient.UID, event)
		if isAccepted {
			r.accepted.Add(key, struct{}{})
		}
		close(r.inFlight[key])
		delete(r.inFlight, key)
	}
}
