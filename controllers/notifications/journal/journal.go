// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/controllers/notifications"
)

const (
	// maxBatchEntries and maxBatchBytes limit a ConfigMap, which may have one megabyte.
	maxBatchEntries = 500
	maxBatchBytes   = 400 << 10

	// shortestCommitInterval is the minimum time between the beginnings of two writes for
	// a namespace. The more events wait, the more go into one write.
	shortestCommitInterval = 40 * time.Millisecond

	// longestCommitInterval is the same for a namespace that has nearly used up its
	// share.
	longestCommitInterval = 2 * time.Second

	// unhurriedFill is how full a share may be before the interval grows. The growing
	// interval makes the share last for minutes while no replica leads.
	unhurriedFill = 0.15

	// writers is how many ConfigMaps are written at the same time, for all namespaces
	// together.
	writers = 4

	// defaultMaxWaiting limits how many events wait to be written: as many as are
	// received at the same time. maxWaitingBytes limits the memory that they take.
	defaultMaxWaiting = 256
	maxWaitingBytes   = 16 << 20

	// commitTimeout limits a write.
	commitTimeout = 5 * time.Second
)

// Reasons why a Journal does not accept an event.
var (
	// ErrNamespaceOverdrawn means that the accepted events of a namespace that are not
	// recorded yet take up its whole share.
	ErrNamespaceOverdrawn = errors.New("too many accepted notifications of this namespace wait to be recorded, and those of others go first: check that a replica leads, and in the operator's log why statuses cannot be written")

	// ErrNamespaceBusy means that too many events of one namespace arrived at the same
	// time.
	ErrNamespaceBusy = errors.New("too many notifications of this namespace came at once, and those of others go first")

	// ErrRecordingOverdrawn means that too many accepted events of one recording are not
	// recorded yet.
	ErrRecordingOverdrawn = errors.New("too many accepted notifications of this recording wait to be recorded, and others go first: check in the operator's log why its status cannot be written")
)

// Options are the settings of a Journal.
type Options struct {
	// Client writes to the API server.
	Client client.Client

	// Namespace is the operator's own namespace, which contains the journal.
	Namespace string

	// Shard is the name of the shard that the journal belongs to. It is empty for all
	// recordings.
	Shard string

	// Backlog reports whether the journal can take more events.
	Backlog Backlog

	// MaxWaiting limits how many events wait to be written. Defaults to 256.
	MaxWaiting int

	// Clock tells the time. Defaults to the real clock.
	Clock clock.Clock
}

// Journal keeps accepted events in the API server until they are recorded. Each namespace
// has its own ConfigMaps, so that an event that cannot be recorded delays no other
// namespace. Events of one namespace that arrive during a write share the next one.
type Journal struct {
	options Options
	writing chan struct{}

	mu sync.Mutex
	// queues holds the waiting events of each namespace that has a committer.
	queues map[string][]*commitment
	// waiting are the shares of the namespaces in the waiting events.
	waiting *shares
}

// commitment is an event that waits to be written for recordings of one namespace.
type commitment struct {
	namespace string
	// ctx is canceled when the sender no longer waits.
	ctx   context.Context
	entry json.RawMessage
	// bytes is the memory that the entry takes.
	bytes int
	// done receives the outcome.
	done chan error
}

// New returns a Journal.
func New(options Options) *Journal {
	if options.Clock == nil {
		options.Clock = clock.RealClock{}
	}
	options.MaxWaiting = cmp.Or(options.MaxWaiting, defaultMaxWaiting)
	return &Journal{
		options: options,
		writing: make(chan struct{}, writers),
		queues:  map[string][]*commitment{},
		waiting: newShares(amount{bytes: maxWaitingBytes, items: options.MaxWaiting}),
	}
}

// Accept writes an event for its recipients and returns after the write. If it returns an
// error, the event may still have been written.
func (j *Journal) Accept(ctx context.Context, event notifications.Event, recipients []notifications.Recipient) error {
	if slices.ContainsFunc(recipients, j.isOverdrawn) {
		return ErrRecordingOverdrawn
	}
	var commitments []*commitment
	for namespace, group := range byNamespace(recipients) {
		encoded, err := encode(newEntry(event, group))
		if err != nil {
			return err
		}
		commitments = append(commitments, &commitment{
			namespace: namespace, ctx: ctx, entry: encoded,
			bytes: weigh(len(encoded), event, len(group)), done: make(chan error, 1),
		})
	}
	if err := j.enqueue(commitments); err != nil {
		return err
	}
	defer j.leave(commitments)
	for _, c := range commitments {
		select {
		case err := <-c.done:
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return fmt.Errorf("wait for the write of an accepted notification: %w", ctx.Err())
		}
	}
	return nil
}

func byNamespace(recipients []notifications.Recipient) map[string][]notifications.Recipient {
	groups := map[string][]notifications.Recipient{}
	for _, recipient := range recipients {
		groups[recipient.Name.Namespace] = append(groups[recipient.Name.Namespace], recipient)
	}
	return groups
}

// isOverdrawn reports whether a recipient has exceeded its share of the journal.
func (j *Journal) isOverdrawn(recipient notifications.Recipient) bool {
	return j.options.Backlog.IsOverdrawn(recipient.UID)
}

// TurnsAway reports whether the journal would refuse any event for a recipient.
func (j *Journal) TurnsAway(recipient notifications.Recipient) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.isOverdrawn(recipient) || j.refusal(&commitment{namespace: recipient.Name.Namespace}) != nil
}

// refusal returns why there is no room for a commitment, or nil if there is. The caller
// holds the lock.
func (j *Journal) refusal(c *commitment) error {
	// The backlog does not contain the waiting events yet.
	inFlight := j.waiting.byOwner[c.namespace].bytes
	switch {
	case j.options.Backlog.Fill(c.namespace, inFlight+c.bytes) > 1:
		return ErrNamespaceOverdrawn
	case j.waiting.fill(c.namespace, amount{bytes: c.bytes, items: 1}) > 1:
		return ErrNamespaceBusy
	default:
		return nil
	}
}

// enqueue queues all commitments, or none if there is no room for one of them. It starts
// the committer of a namespace if there is none. A committer ends when nothing waits.
func (j *Journal) enqueue(commitments []*commitment) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range commitments {
		if err := j.refusal(c); err != nil {
			return err
		}
	}
	for _, c := range commitments {
		j.waiting.take(c.namespace, amount{bytes: c.bytes, items: 1})
		queue, isCommitting := j.queues[c.namespace]
		j.queues[c.namespace] = append(queue, c)
		if !isCommitting {
			go j.commit(c.namespace)
		}
	}
	return nil
}

// leave stops counting commitments.
func (j *Journal) leave(commitments []*commitment) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range commitments {
		j.waiting.giveBack(c.namespace, amount{bytes: c.bytes, items: 1})
	}
}

// commit writes the waiting events of a namespace, one batch after another.
func (j *Journal) commit(namespace string) {
	for {
		// Events that arrive before a writer is free join this batch.
		j.writing <- struct{}{}
		begin := j.options.Clock.Now()
		commitments := j.take(namespace)
		if commitments == nil {
			<-j.writing
			return
		}
		err := j.write(namespace, commitments)
		<-j.writing
		for _, c := range commitments {
			c.done <- err
		}
		if pause := commitInterval(j.options.Backlog.Fill(namespace, 0)) - j.options.Clock.Since(begin); pause > 0 {
			j.options.Clock.Sleep(pause)
		}
	}
}

// commitInterval returns the time between the beginnings of two writes, which depends on
// how full the share of the namespace is.
func commitInterval(fill float64) time.Duration {
	excess := (min(max(fill, unhurriedFill), 1) - unhurriedFill) / (1 - unhurriedFill)
	return shortestCommitInterval + time.Duration(excess*float64(longestCommitInterval-shortestCommitInterval))
}

// take returns the next batch, without the events whose senders no longer wait. It is nil
// if no event waits, and then the committer must end.
func (j *Journal) take(namespace string) []*commitment {
	j.mu.Lock()
	defer j.mu.Unlock()
	var taken []*commitment
	queue := j.queues[namespace]
	size := 0
	for len(queue) > 0 && len(taken) < maxBatchEntries {
		next := queue[0]
		if len(taken) > 0 && size+len(next.entry) > maxBatchBytes {
			break
		}
		queue = queue[1:]
		if next.ctx.Err() == nil {
			taken = append(taken, next)
			size += len(next.entry)
		}
	}
	if j.queues[namespace] = queue; taken == nil {
		delete(j.queues, namespace)
	}
	return taken
}

// write writes a batch. The batch serves many requests, so none of their contexts may
// cancel it.
func (j *Journal) write(namespace string, commitments []*commitment) error {
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	entries := make([]json.RawMessage, 0, len(commitments))
	bytes := bytesOfBatch
	for _, c := range commitments {
		entries = append(entries, c.entry)
		bytes += c.bytes
	}
	name := newBatchName()
	configMap, err := newBatch(name, j.options.Namespace, j.options.Shard, namespace, entries, bytes)
	if err != nil {
		return err
	}
	j.options.Backlog.Expect(name, namespace, bytes)
	if err := j.options.Client.Create(ctx, configMap); err != nil {
		j.options.Backlog.Withdraw(name)
		return fmt.Errorf("write accepted notifications: %w", err)
	}
	return nil
}
