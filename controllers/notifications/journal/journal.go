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
	// maxBatchEntries and maxBatchBytes bound a ConfigMap, which may have a megabyte.
	maxBatchEntries = 500
	maxBatchBytes   = 400 << 10

	// shortestCommitInterval is how long after a write for a namespace began the
	// next one begins: the more wait, the more go into one.
	shortestCommitInterval = 40 * time.Millisecond

	// longestCommitInterval is the same when the namespace has nearly had its share.
	longestCommitInterval = 2 * time.Second

	// unhurriedFill is how full a share may be before the interval grows, so that
	// it lasts for minutes while nobody leads.
	unhurriedFill = 0.15

	// writers is how many ConfigMaps are written at once, for all namespaces.
	writers = 4

	// defaultMaxWaiting bounds how many events wait to be written, as many as are
	// received at once, and maxWaitingBytes what they take of memory.
	defaultMaxWaiting = 256
	maxWaitingBytes   = 16 << 20

	// commitTimeout bounds a write.
	commitTimeout = 5 * time.Second
)

// What a Journal takes nothing for.
var (
	// ErrNamespaceOverdrawn says that the accepted events of one namespace that wait
	// to be recorded take all of its share.
	ErrNamespaceOverdrawn = errors.New("too many accepted notifications of this namespace wait to be recorded, and those of others go first: check that a replica leads, and in the operator's log why statuses cannot be written")

	// ErrNamespaceBusy says that too many events of one namespace came at once.
	ErrNamespaceBusy = errors.New("too many notifications of this namespace came at once, and those of others go first")

	// ErrRecordingOverdrawn says that too many accepted events of one recording
	// wait to be recorded.
	ErrRecordingOverdrawn = errors.New("too many accepted notifications of this recording wait to be recorded, and others go first: check in the operator's log why its status cannot be written")
)

// Options are what a Journal works with.
type Options struct {
	// Client writes to the API server.
	Client client.Client

	// Namespace is the operator's own, which the journal is in.
	Namespace string

	// Shard is the name of the shard that the journal is of; empty for all recordings.
	Shard string

	// Backlog says whether the journal takes more.
	Backlog Backlog

	// MaxWaiting bounds how many events wait to be written. Defaults to 256.
	MaxWaiting int

	// Clock tells the time. Defaults to the real clock.
	Clock clock.Clock
}

// Journal keeps accepted events in the API server until they are recorded. Each
// namespace has ConfigMaps of its own, so that what cannot be recorded in one holds
// up no other. Events of one that come while a write is under way share the next one.
type Journal struct {
	options Options
	writing chan struct{}

	mu sync.Mutex
	// queues holds what waits for each namespace that is written for.
	queues map[string][]*commitment
	// waiting are the shares of namespaces in what waits.
	waiting *shares
}

// commitment is an event that waits to be written, for recordings of one namespace.
type commitment struct {
	namespace string
	// ctx says whether anybody still waits.
	ctx   context.Context
	entry json.RawMessage
	// bytes is what it takes in memory.
	bytes int
	// done gets the outcome.
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

// Accept writes an event for its recipients, and returns once it is written. An
// event may be written though an error is returned: then it is not known.
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

// isOverdrawn says that a recipient has more than its share of the journal.
func (j *Journal) isOverdrawn(recipient notifications.Recipient) bool {
	return j.options.Backlog.IsOverdrawn(recipient.UID)
}

// TurnsAway says whether the journal would take nothing for a recipient.
func (j *Journal) TurnsAway(recipient notifications.Recipient) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.isOverdrawn(recipient) || j.refusal(&commitment{namespace: recipient.Name.Namespace}) != nil
}

// refusal says why there is no room for a commitment; nil if there is. The caller
// holds the lock.
func (j *Journal) refusal(c *commitment) error {
	// What waits is not in the backlog yet.
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

// enqueue has all commitments written, or none if there is no room for one. It
// starts the committer of a namespace if there is none, which ends when nobody waits.
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

// leave counts commitments no more.
func (j *Journal) leave(commitments []*commitment) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range commitments {
		j.waiting.giveBack(c.namespace, amount{bytes: c.bytes, items: 1})
	}
}

// commit writes what waits for a namespace, a batch after the other.
func (j *Journal) commit(namespace string) {
	for {
		// What comes until then goes along.
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

// commitInterval returns how long after a write began the next one begins, by how
// full the share of its namespace is.
func commitInterval(fill float64) time.Duration {
	excess := (min(max(fill, unhurriedFill), 1) - unhurriedFill) / (1 - unhurriedFill)
	return shortestCommitInterval + time.Duration(excess*float64(longestCommitInterval-shortestCommitInterval))
}

// take returns the next batch of those that still wait. Where nobody does, it
// is nil, and the committer must end.
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

// write writes a batch. It is many requests', and none of their contexts may end it.
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
