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

// maxRecent bounds the memory of notices. Agora sends a notification again
// within a minute.
const maxRecent = 1 << 15

// notice is an event for a recording. Only what a recording's secret verified
// is remembered, and for that recording alone, so that nobody can suppress
// another's events.
type notice struct {
	recording types.UID
	// id is a hash: whoever signs decides how long an ID is.
	id [sha256.Size]byte
}

func newNotice(recording types.UID, event notifications.Event) notice {
	return notice{recording: recording, id: sha256.Sum256([]byte(event.NoticeID))}
}

// recent remembers notices that were accepted, and those that are being.
type recent struct {
	accepted *lru.Cache

	mu sync.Mutex
	// inFlight holds what is closed when the outcome is known.
	inFlight map[notice]chan struct{}
}

func newRecent() *recent {
	return &recent{accepted: lru.New(maxRecent), inFlight: map[notice]chan struct{}{}}
}

// once accepts an event for those recipients for which it was not accepted
// before. Where another request is about to, its outcome is awaited, and its
// failure makes the event this request's to accept.
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

// claim returns the recipients for which nobody accepts the event yet, and what
// to wait for on account of the others.
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
