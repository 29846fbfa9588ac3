// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications"
	"cloudrecording.dev/operator/controllers/notifications/fairqueue"
)

const (
	// maxJournalBatches and maxJournalBytes bound the journal, and what it takes of
	// the memory of every replica: an eighth of what its pod may have.
	maxJournalBatches = 1000
	maxJournalBytes   = 64 << 20

	// maxPendingOfRecording is a recording's share of the journal: one whose
	// status cannot be written must leave room for the others of its namespace. It
	// is more than comes of a recording while another replica takes over.
	maxPendingOfRecording = 100
)

// InboxOptions are what an Inbox works with.
type InboxOptions struct {
	// Client deletes from the API server what is settled.
	Client client.Client

	// Reader reads the journal from the API server. It lists, and needs no other
	// right than the cache.
	Reader client.Reader

	// Recorder sends events about what is given up. Optional.
	Recorder events.EventRecorder

	// Namespace is the operator's own, which the journal is in.
	Namespace string

	// Shard is the name of the shard that the journal is of; empty for all recordings.
	Shard string

	// GiveUpAfter is for how long an event is tried to be recorded. Defaults to 24 h.
	GiveUpAfter time.Duration

	// MaxBytes bounds the journal, and what it takes of memory. Defaults to 64 MiB.
	MaxBytes int

	// Metrics count what cannot be read, what is given up, and what is pending.
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
	store   store
	waits   waits
	arrived chan event.TypedGenericEvent[*v1alpha1.CloudRecording]

	// arrivals are the recordings whose events arrived, each at most once.
	arrivals workqueue.TypedInterface[types.NamespacedName]
	// settled are the batches to delete.
	settled workqueue.TypedRateLimitingInterface[batchKeyed]

	mu sync.Mutex
	// batches are the ConfigMaps of the journal by their names, and unread those
	// of each namespace that are not read, the oldest first.
	batches map[string]*heldBatch
	unread  map[string][]*heldBatch
	// known are the shares of namespaces in the journal, and inMemory in what is read.
	known    *shares
	inMemory *shares
	// readable is closed, and replaced, when there may be something to read.
	readable chan struct{}

	boxes map[types.UID]*box
	uids  map[types.NamespacedName]sets.Set[types.UID]
	// told holds, for recordings that were told of, what is closed when some of
	// their events are settled.
	told    map[types.NamespacedName]chan struct{}
	pending int

	// elected is closed once this process leads.
	elected <-chan struct{}
}

// box holds the pending events of a recording.
type box struct {
	name   types.NamespacedName
	events []pendingEvent
}

type pendingEvent struct {
	event notifications.Event
	batch *heldBatch
}

// NewInbox returns an Inbox, which is empty until it is set up.
func NewInbox(options InboxOptions) *Inbox {
	if options.Clock == nil {
		options.Clock = clock.RealClock{}
	}
	options.GiveUpAfter = cmp.Or(options.GiveUpAfter, defaultGiveUpAfter)
	options.MaxBytes = cmp.Or(options.MaxBytes, maxJournalBytes)
	capacity := amount{bytes: options.MaxBytes, items: maxJournalBatches}
	return &Inbox{
		options: options,
		arrived: make(chan event.TypedGenericEvent[*v1alpha1.CloudRecording]),
		arrivals: workqueue.NewTypedWithConfig(
			workqueue.TypedQueueConfig[types.NamespacedName]{Queue: fairqueue.New()}),
		settled: workqueue.NewTypedRateLimitingQueue(
			workqueue.NewTypedItemExponentialFailureRateLimiter[batchKeyed](shortestDeleteRetry, longestDeleteRetry)),
		batches:  map[string]*heldBatch{},
		unread:   map[string][]*heldBatch{},
		known:    newShares(capacity),
		inMemory: newShares(capacity),
		readable: make(chan struct{}),
		boxes:    map[types.UID]*box{},
		uids:     map[types.NamespacedName]sets.Set[types.UID]{},
		told:     map[types.NamespacedName]chan struct{}{},
		waits:    waits{byNamespace: map[string]int{}},
		store:    store{client: options.Client, reader: options.Reader, namespace: options.Namespace},
	}
}

// Pending returns the events for a recording that are not settled, as they
// happened: the oldest first, whichever order they came in.
func (i *Inbox) Pending(uid types.UID) []notifications.Event {
	i.mu.Lock()
	defer i.mu.Unlock()
	held, ok := i.boxes[uid]
	if !ok {
		return nil
	}
	events := make([]notifications.Event, 0, len(held.events))
	for _, pending := range held.events {
		events = append(events, pending.event)
	}
	slices.SortStableFunc(events, notifications.Event.Compare)
	// Replicas do not know of each other's duplicates.
	notices := sets.New[string]()
	return slices.DeleteFunc(events, func(event notifications.Event) bool {
		isDuplicate := notices.Has(event.NoticeID)
		notices.Insert(event.NoticeID)
		return isDuplicate
	})
}

// Settle says that a recording's status shows the events. What is settled for
// all its recordings is deleted from the journal in time.
func (i *Inbox) Settle(uid types.UID, events []notifications.Event) {
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

// Fill implements Backlog.
func (i *Inbox) Fill(namespace string, bytes int) float64 {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.known.fill(namespace, amount{bytes: bytes, items: 1})
}

// IsOverdrawn says that so many events of a recording are pending that it should
// get no more before some of them are settled.
func (i *Inbox) IsOverdrawn(recording types.UID) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	held, ok := i.boxes[recording]
	return ok && len(held.events) >= maxPendingOfRecording
}

// count returns how many events are not settled.
func (i *Inbox) count() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.pending
}

func (i *Inbox) fullness() float64 {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.known.fullest()
}

// settle settles some events of a recording. The caller holds the lock.
func (i *Inbox) settle(uid types.UID, isSettled func(pendingEvent) bool) {
	i.drop(uid, isSettled, func(batch *heldBatch) {
		if batch.pending == 0 {
			i.free(batch, batch.bytes)
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
