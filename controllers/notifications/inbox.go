// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"slices"
	"sync"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	// maxPendingBatches and maxPendingBytes bound the journal.
	maxPendingBatches = 1000
	maxPendingBytes   = 64 << 20

	// maxPendingOfRecording is a recording's share of the journal: one whose
	// status cannot be written must leave room for the others. It is more than
	// comes of a recording while another replica takes over.
	maxPendingOfRecording = 100
)

// InboxOptions are what an Inbox works with.
type InboxOptions struct {
	// Client deletes from the API server what is settled.
	Client client.Client

	// Namespace is the operator's own, which the journal is in.
	Namespace string

	// Shard is the name of the shard that the journal is of; empty for all recordings.
	Shard string

	// Metrics count what cannot be read, and what is pending.
	Metrics *Metrics

	// Logger says what cannot be read or deleted.
	Logger logr.Logger

	// Clock tells the time. Defaults to the real clock.
	Clock clock.Clock
}

// Inbox shows the events in the journal that no status shows yet. It follows
// the journal on every replica; only the one that leads settles events.
type Inbox struct {
	options InboxOptions
	arrived chan event.TypedGenericEvent[*v1alpha1.CloudRecording]

	// arrivals are the recordings whose events arrived, each at most once.
	arrivals workqueue.TypedInterface[types.NamespacedName]
	// settled are the batches to delete.
	settled workqueue.TypedRateLimitingInterface[batchKeyed]

	mu      sync.Mutex
	batches map[types.UID]*heldBatch
	boxes   map[types.UID]*box
	uids    map[types.NamespacedName]sets.Set[types.UID]
	// told holds, for recordings that were told of, what is closed when some of
	// their events are settled.
	told    map[types.NamespacedName]chan struct{}
	bytes   int
	pending int
}

// batchKeyed names a ConfigMap of the journal.
type batchKeyed struct {
	name string
	uid  types.UID
}

// heldBatch is a ConfigMap of the journal.
type heldBatch struct {
	key   batchKeyed
	bytes int
	// pending counts what of it is not settled.
	pending int
	// recordings are those that it holds events for.
	recordings sets.Set[types.UID]
}

// box holds the pending events of a recording.
type box struct {
	name   types.NamespacedName
	events []pendingEvent
}

type pendingEvent struct {
	event Event
	batch *heldBatch
}

// NewInbox returns an Inbox, which is empty until it is set up.
func NewInbox(options InboxOptions) *Inbox {
	if options.Clock == nil {
		options.Clock = clock.RealClock{}
	}
	return &Inbox{
		options:  options,
		arrived:  make(chan event.TypedGenericEvent[*v1alpha1.CloudRecording]),
		arrivals: workqueue.NewTyped[types.NamespacedName](),
		settled: workqueue.NewTypedRateLimitingQueue(
			workqueue.NewTypedItemExponentialFailureRateLimiter[batchKeyed](shortestDeleteRetry, longestDeleteRetry)),
		batches: map[types.UID]*heldBatch{},
		boxes:   map[types.UID]*box{},
		uids:    map[types.NamespacedName]sets.Set[types.UID]{},
		told:    map[types.NamespacedName]chan struct{}{},
	}
}

// Pending returns the events for a recording that are not settled, as they
// happened: the oldest first, whichever order they came in.
func (i *Inbox) Pending(uid types.UID) []Event {
	i.mu.Lock()
	defer i.mu.Unlock()
	held, ok := i.boxes[uid]
	if !ok {
		return nil
	}
	events := make([]Event, 0, len(held.events))
	for _, pending := range held.events {
		events = append(events, pending.event)
	}
	slices.SortStableFunc(events, compareEvents)
	// Replicas do not know of each other's duplicates.
	notices := sets.New[string]()
	return slices.DeleteFunc(events, func(event Event) bool {
		isDuplicate := notices.Has(event.NoticeID)
		notices.Insert(event.NoticeID)
		return isDuplicate
	})
}

// Settle says that a recording's status shows the events. What is settled for
// all its recordings is deleted from the journal in time.
func (i *Inbox) Settle(uid types.UID, events []Event) {
	notices := sets.New[string]()
	for _, event := range events {
		notices.Insert(event.NoticeID)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.settle(uid, func(pending pendingEvent) bool { return notices.Has(pending.event.NoticeID) })
}

// Concerned returns the UIDs of the objects of a name for which there are events.
func (i *Inbox) Concerned(name types.NamespacedName) []types.UID {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.uids[name].UnsortedList()
}

// Discard settles what is meant for objects of a name that are gone: all but
// the one with a UID, which is empty if there is none. The log keeps the names
// of files that came too late for their object's status.
func (i *Inbox) Discard(name types.NamespacedName, except types.UID) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for uid := range i.uids[name] {
		if uid == except {
			continue
		}
		if files := fileNames(i.boxes[uid]); len(files) > 0 {
			i.options.Logger.Info("Notifications came too late for an object that is gone",
				"namespace", name.Namespace, "name", name.Name, "uid", uid, "files", files)
		}
		i.settle(uid, func(pendingEvent) bool { return true })
	}
}

// fileNames returns the names of files in pending events, each once.
func fileNames(pending *box) []string {
	if pending == nil {
		return nil
	}
	var names []string
	for _, held := range pending.events {
		for _, file := range held.event.Files {
			if !slices.Contains(names, file.FileName) {
				names = append(names, file.FileName)
			}
		}
	}
	return names
}

// Arrived tells of recordings for which there are events. It names each once
// for all that arrived since it was named last.
func (i *Inbox) Arrived() <-chan event.TypedGenericEvent[*v1alpha1.CloudRecording] { return i.arrived }

// Batches returns how many ConfigMaps the journal has.
func (i *Inbox) Batches() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.batches)
}

// IsOverdrawn says that so many events of a recording are pending that it should
// get no more before some of them are settled.
func (i *Inbox) IsOverdrawn(recording types.UID) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	held, ok := i.boxes[recording]
	return ok && len(held.events) >= maxPendingOfRecording
}

// IsFull says that the journal should take no more before some of it is settled.
func (i *Inbox) IsFull() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.batches) >= maxPendingBatches || i.bytes >= maxPendingBytes
}

// count returns how many events are not settled.
func (i *Inbox) count() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.pending
}

// settle settles some events of a recording. The caller holds the lock.
func (i *Inbox) settle(uid types.UID, isSettled func(pendingEvent) bool) {
	i.drop(uid, isSettled, func(batch *heldBatch) {
		if batch.pending == 0 {
			i.settled.Add(batch.key)
		}
	})
}

// tell says that a recording is about to be told of, and returns what is closed
// when some of its events are settled. There is nothing to tell if none is
// pending any more.
func (i *Inbox) tell(name types.NamespacedName) (settled <-chan struct{}, ok bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.uids[name].Len() == 0 {
		return nil, false
	}
	told := make(chan struct{})
	i.told[name] = told
	return told, true
}

// wake wakes whoever has told of a recording. The caller holds the lock.
func (i *Inbox) wake(name types.NamespacedName) {
	if told, ok := i.told[name]; ok {
		close(told)
		delete(i.told, name)
	}
}

// drop removes some events of a recording, and tells whose they were. The
// caller holds the lock.
func (i *Inbox) drop(uid types.UID, isDropped func(pendingEvent) bool, dropped func(*heldBatch)) {
	held, ok := i.boxes[uid]
	if !ok {
		return
	}
	i.wake(held.name)
	held.events = slices.DeleteFunc(held.events, func(pending pendingEvent) bool {
		if !isDropped(pending) {
			return false
		}
		pending.batch.pending--
		i.pending--
		dropped(pending.batch)
		return true
	})
	if len(held.events) > 0 {
		return
	}
	delete(i.boxes, uid)
	if i.uids[held.name].Delete(uid); i.uids[held.name].Len() == 0 {
		delete(i.uids, held.name)
	}
}

// add takes in a ConfigMap of the journal. It does nothing for one that it has
// taken in before: they never change.
func (i *Inbox) add(configMap *corev1.ConfigMap) {
	if !isBatch(configMap, i.options.Namespace, i.options.Shard) || i.holds(configMap.UID) {
		return
	}
	entries, unreadable, err := readBatch(configMap)
	logger := i.options.Logger.WithValues("configMap", configMap.Name)
	if unreadable > 0 || err != nil {
		i.options.Metrics.unreadable.Add(float64(max(unreadable, 1)))
	}
	if err != nil {
		logger.Error(err, "Accepted notifications cannot be read, and stay where they are: delete the ConfigMap if no newer version of the operator is to read it")
		return
	}
	if unreadable > 0 {
		logger.Info("Accepted notifications cannot be read, and are skipped", "count", unreadable)
	}
	i.hold(batchKeyed{name: configMap.Name, uid: configMap.UID}, len(configMap.Data[batchKey]), entries)
}

func (i *Inbox) holds(uid types.UID) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	_, ok := i.batches[uid]
	return ok
}

// hold sorts entries into the boxes of their recordings.
func (i *Inbox) hold(key batchKeyed, size int, entries []entry) {
	i.mu.Lock()
	defer i.mu.Unlock()
	held := &heldBatch{key: key, bytes: size, recordings: sets.New[types.UID]()}
	i.batches[key.uid] = held
	i.bytes += size
	for _, entry := range entries {
		for _, recipient := range entry.Recipients {
			i.deliver(recipient, pendingEvent{event: entry.Event, batch: held})
		}
	}
}

// deliver puts an event into a recording's box. The caller holds the lock.
func (i *Inbox) deliver(recipient address, pending pendingEvent) {
	name := types.NamespacedName{Namespace: recipient.Namespace, Name: recipient.Name}
	to, ok := i.boxes[recipient.UID]
	if !ok {
		to = &box{name: name}
		i.boxes[recipient.UID] = to
		if i.uids[name] == nil {
			i.uids[name] = sets.New[types.UID]()
		}
		i.uids[name].Insert(recipient.UID)
	}
	to.events = append(to.events, pending)
	pending.batch.recordings.Insert(recipient.UID)
	pending.batch.pending++
	i.pending++
	i.arrivals.Add(name)
}

// remove forgets a ConfigMap of the journal that is gone, whoever deleted it.
func (i *Inbox) remove(uid types.UID) {
	i.mu.Lock()
	defer i.mu.Unlock()
	held, ok := i.batches[uid]
	if !ok {
		return
	}
	delete(i.batches, uid)
	i.bytes -= held.bytes
	if held.pending == 0 {
		return
	}
	for recording := range held.recordings {
		i.drop(recording, func(pending pendingEvent) bool { return pending.batch == held }, func(*heldBatch) {})
	}
}
