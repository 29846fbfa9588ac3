// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// maxBatchEntries and maxBatchBytes bound a ConfigMap, which may have a megabyte.
	maxBatchEntries = 500
	maxBatchBytes   = 400 << 10

	// commitInterval is how long after a write began the next one begins: the
	// more wait, the more go into one.
	commitInterval = 40 * time.Millisecond

	// commitTimeout bounds a write.
	commitTimeout = 5 * time.Second
)

// ErrJournalFull says that too many accepted events wait to be recorded.
var ErrJournalFull = errors.New("too many accepted notifications wait to be recorded: check that a replica leads and that it can write to the API server")

// JournalOptions are what a Journal works with.
type JournalOptions struct {
	// Client writes to the API server.
	Client client.Client

	// Namespace is the operator's own, which the journal is in.
	Namespace string

	// IsFull says that the journal takes no more. Never, if nil.
	IsFull func() bool

	// Clock tells the time. Defaults to the real clock.
	Clock clock.Clock
}

// Journal keeps accepted events in the API server until they are recorded.
// Those that come while a write is under way share the next one.
type Journal struct {
	options JournalOptions

	mu         sync.Mutex
	waiting    []*commitment
	committing bool
}

// commitment is an event that waits to be written.
type commitment struct {
	// ctx says whether anybody still waits.
	ctx   context.Context
	entry json.RawMessage
	// done gets the outcome.
	done chan error
}

// NewJournal returns a Journal.
func NewJournal(options JournalOptions) *Journal {
	if options.Clock == nil {
		options.Clock = clock.RealClock{}
	}
	if options.IsFull == nil {
		options.IsFull = func() bool { return false }
	}
	return &Journal{options: options}
}

// Accept writes an event for its recipients, and returns once it is written. An
// event may be written though an error is returned: then it is not known.
func (j *Journal) Accept(ctx context.Context, event Event, recipients []Recipient) error {
	if j.options.IsFull() {
		return ErrJournalFull
	}
	encoded, err := encode(newEntry(event, recipients))
	if err != nil {
		return err
	}
	c := &commitment{ctx: ctx, entry: encoded, done: make(chan error, 1)}
	j.enqueue(c)
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("wait for the write of an accepted notification: %w", ctx.Err())
	}
}

// enqueue starts the one committer if there is none. It ends when nobody waits.
func (j *Journal) enqueue(c *commitment) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.waiting = append(j.waiting, c)
	if !j.committing {
		j.committing = true
		go j.commit()
	}
}

// commit writes what waits, a batch after the other.
func (j *Journal) commit() {
	for {
		begin := j.options.Clock.Now()
		commitments := j.take()
		if commitments == nil {
			return
		}
		err := j.write(commitments)
		for _, c := range commitments {
			c.done <- err
		}
		if pause := commitInterval - j.options.Clock.Since(begin); pause > 0 {
			j.options.Clock.Sleep(pause)
		}
	}
}

// take returns the next batch of those that still wait. Where nobody does, it
// is nil, and the committer must end.
func (j *Journal) take() []*commitment {
	j.mu.Lock()
	defer j.mu.Unlock()
	var taken []*commitment
	size := 0
	for len(j.waiting) > 0 && len(taken) < maxBatchEntries {
		next := j.waiting[0]
		if len(taken) > 0 && size+len(next.entry) > maxBatchBytes {
			break
		}
		j.waiting = j.waiting[1:]
		if next.ctx.Err() == nil {
			taken = append(taken, next)
			size += len(next.entry)
		}
	}
	if taken == nil {
		j.waiting = nil
		j.committing = false
	}
	return taken
}

// write writes a batch. It is many requests', and none of their contexts may end it.
func (j *Journal) write(commitments []*commitment) error {
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	entries := make([]json.RawMessage, 0, len(commitments))
	for _, c := range commitments {
		entries = append(entries, c.entry)
	}
	configMap, err := newBatch(j.options.Namespace, entries)
	if err != nil {
		return err
	}
	if err := j.options.Client.Create(ctx, configMap); err != nil {
		return fmt.Errorf("write accepted notifications: %w", err)
	}
	return nil
}
