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
	// maxJournalBatches and maxJournalBytes limit the journal and the memory that it
	// takes on every replica, which is an eighth of the pod's limit.
	maxJournalBatches = 1000
	maxJournalBytes   = 64 << 20

	// maxPendingOfRecording is a recording's share of the journal. A recording whose
	// status cannot be written must leave room for the others of its namespace. The limit
	// is above the number of events that a recording gets while another replica takes
	// over.
	maxPendingOfRecording = 100
)

// InboxOptions are the settings of an Inbox.
type InboxOptions struct {
	// Client deletes settled ConfigMaps from the API server.
	Client client.Client

	// Reader reads the journal from the API server. It only lists, which the cache needs
	// permission for anyway.
	Reader client.Reader

	// Recorder sends events about notifications that are given up. Optional.
	Recorder events.EventRecorder

	// Namespace is the operator's own namespace, which contains the journal.
	Namespace string

	// Shard is the name of the shard that the journal belongs to. It is empty for all
	// recordings.
	Shard string

	// GiveUpAfter is how long the operator tries to record an event. Defaults to 24 h.
	GiveUpAfter time.Duration

	// MaxBytes limits the journal and the memory that it takes. Defaults to 64 MiB.
	MaxBytes int

	// Metrics count events that are unreadable, given up, or pending.
	Metrics *Metrics

	// Logger logs what cannot be read or deleted.
	Logger logr.Logger

	// Clock tells the time. Defaults to the real clock.
	Clock clock.Clock
}

// Inbox shows the events in the journal that are not in a status yet. It watches the
// journal on every replica, but only the leader settles events.
type Inbox struct {
	options InboxOptions
	store   store
	waits   waits
	arrived chan event.TypedGenericEvent[*v1alpha1.CloudRecording]

	// arrivals are the recordings with new events, each at most once.
	arrivals workqueue.TypedInterface[types.NamespacedName]
	// settled are the ConfigMaps to delete.
	settled workqueue.TypedRateLimitingInterface[batchKeyed]

	mu sync.Mutex
	// batches are the ConfigMaps of the journal by name. unread are the unread ones of
	// each namespace, the oldest first.
	batches map[string]*heldBatch
	unread  map[string][]*heldBatch
	// known are the shares of the namespaces in the journal, and inMemory those in
	// memory.
	known    *shares
	inMemory *shares
	// readable is closed, and replaced, when another ConfigMap may be ready to read.
	readable chan struct{}

	boxes map[types.UID]*box
	uids  map[types.NamespacedName]sets.Set[types.UID]
	// told holds a channel for each announced recording, which is closed when some of its
	// events are settled.
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

// NewInbox returns an Inbox, which is empty until SetupWithManager is called.
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

// Pending returns the unsettled events of a recording in the order in which they
// happened, oldest first, whatever order they arrived in.
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
	// Two replicas may have accepted the same event.
	notices := sets.New[string]()
	return slices.DeleteFunc(events, func(event notifications.Event) bool {
		isDuplicate := notices.Has(event.NoticeID)
		notices.Insert(event.NoticeID)
		return isDuplicate
	})
}

// Settle marks events as recorded in a recording's status. A ConfigMap is deleted from
// the journal after all its events are settled for all their recordings.
func (i *Inbox) Settle(uid types.UID, events []notifications.Event) {
	notices := sets.New[string]()
	for _, event := range events {
		notices.Insert(event.NoticeID)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.settle(uid, func(pending pendingEvent) bool { return notices.Has(pending.event.NoticeID) })
}

// Concerned returns the UIDs of the objects with this name that have events.
func (i *Inbox) Concerned(name types.NamespacedName) []types.UID {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.uids[name].UnsortedList()
}

// Discard settles the events for all objects of a name except the one with the given UID,
// because the others are gone. The UID is empty if no object is left. File names that
// came too late for a status are logged.
func (i *Inbox) Discard(name types.NamespacedName, except types.UID) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for uid := range i.uids[name] {
		if uid == except {
			continue
		}
		if files := fileNames(i.boxes[uid]); len(files) > 0 {
			i.options.Logger.Info("Dropped notifications for an object that is gone",
				"namespace", name.Namespace, "name", name.Name, "uid", uid, "files", files)
		}
		i.settle(uid, func(pendingEvent) bool { return true })
	}
}

// fileNames returns the unique names of the files in pending events.
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

// Arrived returns a channel of the recordings that have new events. Each recording is
// sent once for all events that have arrived since it was last sent.
func (i *Inbox) Arrived() <-chan event.TypedGenericEvent[*v1alpha1.CloudRecording] { return i.arrived }

// Fill implements Backlog.
func (i *Inbox) Fill(namespace string, bytes int) float64 {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.known.fill(namespace, amount{bytes: bytes, items: 1})
}

// IsOverdrawn implements Backlog.
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

// tell marks a recording as about to be announced. It returns a channel that is closed
// when some of the recording's events are settled. It returns false if no events are
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

// wake wakes the goroutine that announced a recording. The caller holds the lock.
func (i *Inbox) wake(name types.NamespacedName) {
	if told, ok := i.told[name]; ok {
		close(told)
		delete(i.told, name)
	}
}

// drop removes some events of a recording, and calls dropped with the ConfigMap of each.
// The caller holds the lock.
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
