// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"cmp"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// batchKeyed identifies a ConfigMap of the journal.
type batchKeyed struct {
	name string
	uid  types.UID
}

// longestUnseen is how long a written ConfigMap may be missing from the cache before the
// API server is asked for it. The cache never shows a ConfigMap that was written and
// deleted while the watch was interrupted.
const longestUnseen = time.Minute

// heldBatch is the state of a ConfigMap of the journal.
type heldBatch struct {
	key batchKeyed
	// namespace is the namespace of its recordings.
	namespace string
	// bytes is the memory that it takes once it is read.
	bytes   int
	created time.Time
	// expectedAt is when this process was about to write it. It is zero if another process
	// did.
	expectedAt time.Time

	// stage is its current stage.
	stage stage
	// readAt is when it was read.
	readAt time.Time

	// pending counts its events that are not settled.
	pending int
	// recordings are the recordings that it has events for.
	recordings sets.Set[types.UID]
}

// stage is the progress of a ConfigMap of the journal.
type stage int

const (
	// stageExpected means that this replica is about to write it, or has written it
	// without seeing it in the cache yet.
	stageExpected stage = iota

	// stageUnread means that it exists but is not in memory.
	stageUnread

	// stageRead means that it is in memory.
	stageRead

	// stageUnreadable means that its content is invalid. It counts for nothing.
	stageUnreadable
)

func (b *heldBatch) amount() amount { return amount{bytes: b.bytes, items: 1} }

// Expect implements Backlog.
func (i *Inbox) Expect(name, namespace string, bytes int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.know(&heldBatch{key: batchKeyed{name: name}, namespace: namespace, bytes: bytes, expectedAt: i.options.Clock.Now()})
}

// overlong returns the ConfigMaps that have been unseen for so long that they may have
// been deleted before the cache showed them.
func (i *Inbox) overlong() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	var names []string
	for name, held := range i.batches {
		if held.stage == stageExpected && i.options.Clock.Since(held.expectedAt) >= longestUnseen {
			names = append(names, name)
		}
	}
	return names
}

// Withdraw implements Backlog. It keeps a ConfigMap that has been seen in the meantime.
func (i *Inbox) Withdraw(name string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if held, ok := i.batches[name]; ok && held.stage == stageExpected {
		i.lose(held)
	}
}

// see records that a ConfigMap of the journal exists. It ignores ConfigMaps that it has
// seen before, because they never change.
func (i *Inbox) see(metadata *metav1.PartialObjectMetadata) {
	if !isBatch(metadata, i.options.Namespace, i.options.Shard) {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	held, ok := i.batches[metadata.Name]
	if ok && held.stage != stageExpected {
		return
	}
	if !ok {
		held = &heldBatch{
			namespace: metadata.Labels[v1alpha1.NotificationsNamespaceLabel], bytes: statedBytes(metadata),
		}
		held.key.name = metadata.Name
		i.know(held)
	}
	held.key.uid, held.created, held.stage = metadata.UID, metadata.CreationTimestamp.Time, stageUnread
	i.putOff(held)
}

// know starts to count a ConfigMap. The caller holds the lock.
func (i *Inbox) know(held *heldBatch) {
	held.recordings = sets.New[types.UID]()
	i.batches[held.key.name] = held
	i.known.take(held.namespace, held.amount())
}

// lose stops counting a ConfigMap. The caller holds the lock.
func (i *Inbox) lose(held *heldBatch) {
	delete(i.batches, held.key.name)
	if held.stage != stageUnreadable {
		i.known.giveBack(held.namespace, held.amount())
	}
}

// putOff queues a ConfigMap to be read, the oldest of a namespace first. The caller holds
// the lock.
func (i *Inbox) putOff(held *heldBatch) {
	unread := i.unread[held.namespace]
	at, _ := slices.BinarySearchFunc(unread, held, func(a, b *heldBatch) int {
		return cmp.Or(a.created.Compare(b.created), cmp.Compare(a.key.name, b.key.name))
	})
	i.unread[held.namespace] = slices.Insert(unread, at, held)
	i.tellReadable()
}

// nextUnread returns the next ConfigMap to read that fits into memory. If none does, it
// returns a channel that is closed when one may fit.
func (i *Inbox) nextUnread() (*heldBatch, <-chan struct{}) {
	i.mu.Lock()
	defer i.mu.Unlock()
	// Map iteration is random, so no namespace is preferred.
	for namespace, unread := range i.unread {
		next := unread[0]
		if i.inMemory.fill(namespace, amount{bytes: next.bytes}) > 1 {
			continue
		}
		if i.unread[namespace] = unread[1:]; len(unread) == 1 {
			delete(i.unread, namespace)
		}
		i.inMemory.take(namespace, amount{bytes: next.bytes})
		return next, nil
	}
	return nil, i.readable
}

// tellReadable makes the readers check again. The caller holds the lock.
func (i *Inbox) tellReadable() {
	close(i.readable)
	i.readable = make(chan struct{})
}

// free releases the memory of a ConfigMap. The caller holds the lock.
func (i *Inbox) free(held *heldBatch, bytes int) {
	i.inMemory.giveBack(held.namespace, amount{bytes: bytes})
	i.tellReadable()
}

// isGone reports whether a ConfigMap was deleted after it was seen. The caller holds the
// lock.
func (i *Inbox) isGone(held *heldBatch) bool { return i.batches[held.key.name] != held }

// readAgain queues a ConfigMap again that could not be fetched.
func (i *Inbox) readAgain(held *heldBatch) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.free(held, held.bytes)
	if !i.isGone(held) {
		i.putOff(held)
	}
}

// take delivers the events of a ConfigMap to the boxes of its recordings. The configMap
// is nil if it no longer exists.
func (i *Inbox) take(held *heldBatch, configMap *corev1.ConfigMap) {
	var entries []entry
	isReadable := false
	if configMap != nil {
		entries, isReadable = i.read(configMap)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.free(held, held.bytes)
	if i.isGone(held) {
		return
	}
	i.known.giveBack(held.namespace, held.amount())
	if !isReadable {
		held.stage = stageUnreadable
		return
	}
	held.bytes = weighAll(len(configMap.Data[batchKey]), entries)
	i.known.take(held.namespace, held.amount())
	i.inMemory.take(held.namespace, amount{bytes: held.bytes})
	held.stage, held.readAt = stageRead, i.options.Clock.Now()
	for _, entry := range entries {
		for _, recipient := range entry.Recipients {
			i.deliver(recipient, pendingEvent{event: entry.Event, batch: held})
		}
	}
}

// read decodes the entries of a ConfigMap, and logs and counts the invalid ones.
func (i *Inbox) read(configMap *corev1.ConfigMap) (entries []entry, isReadable bool) {
	entries, unreadable, err := readBatch(configMap)
	logger := i.options.Logger.WithValues("configMap", configMap.Name)
	if unreadable > 0 || err != nil {
		i.options.Metrics.unreadable.Add(float64(max(unreadable, 1)))
	}
	if err != nil {
		logger.Error(err, "Cannot read accepted notifications. They stay where they are. Delete the ConfigMap unless a newer version of the operator will read it")
		return nil, false
	}
	if unreadable > 0 {
		logger.Info("Skipped accepted notifications that cannot be read", "count", unreadable)
	}
	return entries, true
}

// remove forgets a ConfigMap of the journal that was deleted, by whomever.
func (i *Inbox) remove(name string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	held, ok := i.batches[name]
	if !ok {
		return
	}
	i.lose(held)
	if unread, ok := i.unread[held.namespace]; ok && held.stage == stageUnread {
		unread = slices.DeleteFunc(unread, func(other *heldBatch) bool { return other == held })
		if i.unread[held.namespace] = unread; len(unread) == 0 {
			delete(i.unread, held.namespace)
		}
	}
	if held.pending == 0 {
		return
	}
	for recording := range held.recordings {
		i.drop(recording, func(pending pendingEvent) bool { return pending.batch == held }, func(*heldBatch) {})
	}
	i.free(held, held.bytes)
}
