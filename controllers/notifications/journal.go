// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// maxBatchEntries and maxBatchBytes bound a ConfigMap, which may have a megabyte.
	maxBatchEntries = 500
	maxBatchBytes   = 400 << 10

	// shortestCommitInterval is how long after a write began the next one begins:
	// the more wait, the more go into one.
	shortestCommitInterval = 40 * time.Millisecond

	// longestCommitInterval is the same when the journal is nearly full.
	longestCommitInterval = time.Second

	// unhurriedBatches is how many ConfigMaps may wait before the interval grows,
	// so that the journal lasts for minutes while nobody leads.
	unhurriedBatches = 200

	// commitTimeout bounds a write.
	commitTimeout = 5 * time.Second
)

// What a Journal takes nothing for.
var (
	// ErrJournalFull says that too many accepted events wait to be recorded.
	ErrJournalFull = errors.New("too many accepted notifications wait to be recorded: check that a replica leads and that it can write to the API server")

	// ErrRecordingOverdrawn says that too many accepted events of one recording
	// wait to be recorded.
	ErrRecordingOverdrawn = errors.New("too many accepted notifications of this recording wait to be recorded, and others go first: check in the operator's log why its status cannot be written")
)

// JournalOptions are what a Journal works with.
type JournalOptions struct {
	// Client writes to the API server.
	Client client.Client

	// Namespace is the operator's own, which the journal is in.
	Namespace string

	// Shard is the name of the shard that the journal is of; empty for all recordings.
	Shard string

	// Backlog says whether the journal takes more.
	Backlog Backlog

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
	return &Journal{options: options}
}

// Accept writes an event for its recipients, and returns once it is written. An
// event may be written though an error is returned: then it is not known.
func (j *Journal) Accept(ctx context.Context, event Event, recipients []Recipient) error {
	if j.options.Backlog.IsFull() {
		return ErrJournalFull
	}
	if slices.ContainsFunc(recipients, j.isOverdrawn) {
		return ErrRecordingOverdrawn
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

// isOverdrawn says that a recipient has more than its share of the journal.
func (j *Journal) isOverdrawn(recipient Recipient) bool {
	return j.options.Backlog.IsOverdrawn(recipient.UID)
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
		if pause := commitInterval(j.options.Backlog.Batches()) - j.options.Clock.Since(begin); pause > 0 {
			j.options.Clock.Sleep(pause)
		}
	}
}

// commitInterval returns how long after a write began the next one begins.
func commitInterval(pendingBatches int) time.Duration {
	excess := min(max(pendingBatches, unhurriedBatches), maxPendingBatches) - unhurriedBatches
	growth := (longestCommitInterval - shortestCommitInterval) / (maxPendingBatches - unhurriedBatches)
	return shortestCommitInterval + time.Duration(excess)*growth
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
	configMap, err := newBatch(j.options.Namespace, j.options.Shard, entries)
	if err != nil {
		return err
	}
	if err := j.options.Client.Create(ctx, configMap); err != nil {
		return fmt.Errorf("write accepted notifications: %w", err)
	}
	return nil
}
