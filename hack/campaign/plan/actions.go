// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/notify"
)

// Action is something that happens. Its kind determines which fields matter.
type Action struct {
	Kind ActionKind
	// Name is the name under which the action is counted. It defaults to the kind.
	Name string
	// Recording is the recording that the action affects. It is empty if the action affects
	// everything.
	Recording Recording
	// How is the variant, and Of the target: an account, a customer, a namespace, a shard, or a
	// part of a path.
	How Variant
	Of  string
	// Secret is the name of a Secret, and Replica the index of a replica.
	Secret  Object
	Replica int
	// Change is a patch.
	Change string
	// After is the delay before the action's effect, and Lasts how long the effect lasts or may
	// take.
	After, Lasts time.Duration
	// Times is how often a fault applies, or an action is repeated.
	Times int
	// Then is another action that is part of this one. Despite describes the failure that must
	// not delay a stop.
	Then    *Action
	Despite string
	// call or row is the fault of calls to Agora. row is from the error table.
	call         faults.Fault
	row          row
	Notification notify.Fault
	EventType    int
}

// String is the name under which an action is counted.
func (a Action) String() string {
	what, how := cmp.Or(a.Name, string(a.Kind)), string(a.How)
	switch a.Kind {
	case DoBreakAPI, DoBreakBucket, DoRefuseStatus, DoChangeProfile:
		return what + ": " + how
	case DoKill, DoTerminate, DoPause, DoCutOff:
		return how + " " + what
	case DoKillAt, DoBreakEndpoints:
		return what + " " + how
	case DoBreakSecret:
		return fmt.Sprintf("%s %s, and is mended", what, how)
	case DoOnceBegun, DoOnceMade, DoInTime, DoAroundOccurrence:
		return a.Then.String() + ", " + cmp.Or(a.Despite, what)
	case DoMove, DoFill:
		return what + ", and " + a.Then.String()
	default:
		return what
	}
}

// ActionKind is the kind of an action.
type ActionKind string

// The actions of users.
const (
	// DoCreate creates an object. Either the recording is begun at Agora first, or the operator
	// is to start it. An object with many sessions already has them in its status, and an aged
	// recording has run for a long time.
	DoCreate          ActionKind = "object created"
	DoPatch           ActionKind = "object changed"
	DoDelete          ActionKind = "object deleted"
	DoDeleteNamespace ActionKind = "namespace deleted"
	// DoOnceBegun carries out an action a while after a recording has begun.
	DoOnceBegun ActionKind = "once it was started"
	// DoOnceMade carries out an action once a schedule has made an occurrence, however slow the
	// operators are.
	DoOnceMade ActionKind = "once an occurrence was made"
	// DoInTime carries out an action that stops a recording, and records the time by which
	// Agora must be asked for the stop. It is for times without other disturbances.
	DoInTime ActionKind = "in time"
	// DoMove changes the labels of a recording that operators manage, so that it belongs to
	// another shard or to none. It carries out another action a while later.
	DoMove ActionKind = "labels changed"
	// DoFill makes an object as large as etcd accepts, so that its status cannot grow. It then
	// carries out an action, and makes the object smaller again after a while.
	DoFill ActionKind = "object filled up to etcd's limit"
	// DoChangeProfile edits, deletes, or repairs the profile of a running recording.
	DoChangeProfile ActionKind = "profile of a recording that runs"
	// DoPatchSchedule changes a schedule.
	DoPatchSchedule ActionKind = "schedule changed"
	// These replace the secret of a customer or of an account's notifications, first at Agora,
	// and a while later in the Secrets.
	DoRotateCustomer ActionKind = "credentials rotated"
	DoRotateReceiver ActionKind = "secret of notifications rotated"
	// DoBreakSecret damages a Secret for a while: credentials, or a token, App Certificate or
	// bucket key that starts need.
	DoBreakSecret ActionKind = "Secret"
)

// IsByUser reports whether a user carries out the action, whatever the time.
func (k ActionKind) IsByUser() bool {
	return slices.Contains([]ActionKind{
		DoCreate, DoPatch, DoDelete, DoDeleteNamespace, DoOnceBegun, DoOnceMade, DoInTime, DoMove, DoFill, DoRotateCustomer, DoRotateReceiver, DoBreakSecret,
		DoChangeProfile, DoPatchSchedule,
	}, k)
}

// The disturbances.
const (
	// These make the next requests of the operators fail. Without a part of a path, they apply
	// to all requests except those for the leader's lease.
	DoBreakAPI    ActionKind = "API server"
	DoBreakBucket ActionKind = "bucket"
	// DoRestartAPI stops the API server and starts it again after a while.
	DoRestartAPI ActionKind = "API server restarted"
	// DoCutOff cuts off the leader or all operators from the API server. Other clients are not
	// affected.
	DoCutOff ActionKind = "cut off from the API server for longer than the lease"
	// DoRefuseStatus refuses every status write of a recording.
	DoRefuseStatus ActionKind = "status writes refused"
	// These affect the leader or other replicas. A killed replica stays down for a while.
	DoKill      ActionKind = "killed"
	DoTerminate ActionKind = "terminated"
	DoPause     ActionKind = "paused past its lease"
	// DoAroundOccurrence carries out an action around the start of an occurrence.
	DoAroundOccurrence ActionKind = "around an occurrence"
	// DoKillAt kills the operator at the next start of a recording.
	DoKillAt ActionKind = "operator killed"
	// DoBreakEndpoints makes endpoints of a replica fail.
	DoBreakEndpoints ActionKind = "endpoint"
	// DoUseAccount sends requests of other clients of an account at a rate per second, so that
	// the operator is answered 429 although it respects the limit.
	DoUseAccount   ActionKind = "account used by others"
	DoRestartAgora ActionKind = "Agora restarted"
	// These make the next calls or notifications fail, of one recording or of any.
	DoBreakCalls         ActionKind = "call"
	DoBreakNotifications ActionKind = "notification"
	DoLoseWorker         ActionKind = "recorder moved to another server"
	// These make a recording end by itself at Agora. DoEmptySessions ends some sessions one
	// after another. DoExpireToken ends it like an expired token, and DoExit like a failure at
	// once.
	DoEmpty         ActionKind = "channel left by all"
	DoEmptySessions ActionKind = "channel left by all in further sessions"
	DoExpireToken   ActionKind = "token ended"
	DoFail          ActionKind = "recorder failed"
	DoExit          ActionKind = "recorder exited"
	// DoNotify sends an event that nothing caused.
	DoNotify ActionKind = "notification: out of the blue"
	// DoFlood makes Agora send many notifications of a recording: the given number with other
	// uids, and the same number with other push addresses.
	DoFlood ActionKind = "notifications of many uids and push addresses"
)

// Variant is a variant of an action.
type Variant string

// The variants of actions.
const (
	// What a fault does to a request. Slow delays it.
	Slow Variant = "slow answer"
	// These answer a write without acting. TooMany also sends Retry-After.
	Conflict Variant = "409 to a write"
	TooMany  Variant = "429 to a write"
	Failure  Variant = "500 to a write"
	// Lost acts on a write, and closes its stream without an answer.
	Lost Variant = "write whose answer is lost"
	// Cut closes all connections, including those of watches. Dropped closes the connection of
	// the request.
	Cut     Variant = "cut connections"
	Dropped Variant = "cut connection"
	// These answer any request as a bucket does.
	Unavailable Variant = "503"
	Forbidden   Variant = "403"

	// How status writes are refused. ByWebhook is the answer of an admission webhook or policy.
	ByWebhook Variant = "denied by admission"
	// ByFailure is the answer when a webhook or etcd fails.
	ByFailure Variant = "500"
	// ByCRD is the answer when the CRD is older than the operator.
	ByCRD Variant = "not valid by the CRD"
	// BySize is the answer when the object is too large for etcd.
	BySize Variant = "too large"

	// When the operator is killed that starts a recording. BeforeStart is between acquire and
	// start: the start request has been sent, but has no effect.
	BeforeStart Variant = "between acquire and start"
	// StartActed is when start has taken effect and has not been answered.
	StartActed Variant = "when start has taken effect"
	// StartAnswered is when the answer has been sent.
	StartAnswered Variant = "when start is answered"

	// How an endpoint fails.
	Refusing Variant = "refused"
	// Hanging accepts connections and never answers.
	Hanging Variant = "hung"
	// Paging answers 503 with the page of a gateway instead of Agora's answer.
	Paging Variant = "answered with a gateway's page"

	// What happens to a Secret.
	Removed Variant = "removed"
	Emptied Variant = "emptied"
	Lacking Variant = "lacks a key"
	// Wrong replaces the values by ones that Agora accepts, but with which nothing can be
	// opened or signed.
	Wrong Variant = "is wrong"

	// Which operators an action affects. Most recordings are in the main shard, so Leader is
	// the leader of that shard.
	Leader         Variant = "leader"
	otherReplica   Variant = "other replica"
	AllReplicas    Variant = "all replicas"
	OfAnotherShard Variant = "replicas of another shard"
)

// What an action affects: endpoints, or requests for the leader's lease.
const (
	FirstEndpoint = "first"
	// EndpointInUse is the endpoint that the operator used last.
	EndpointInUse = "in use"
	AllEndpoints  = "all"

	Leases = "leases"
)

func createRecording(r Recording) Action {
	a := Action{Kind: DoCreate, Name: "object created, to be adopted", Recording: r}
	switch {
	case r.Outcome == OutcomeScheduled:
		a.Name = "schedule created"
	case r.Outcome == OutcomeManySessions:
		a.Name = "object created with a hundred sessions"
	case r.Outcome.IsAged():
		a.Name = "object created with a token that is about to end"
	case r.Outcome.isOfSize():
		a.Name = "object created with large annotations"
	case r.Starts:
		a.Name = "object created, to be started"
	}
	return a
}

const nameStopped = "object set to Stopped"

// Actions on a recording.
var (
	DeleteRecording  = ofRecording(DoDelete)
	emptyChannel     = ofRecording(DoEmpty)
	StopRecording    = patchOf(nameStopped, `{"spec":{"state":"Stopped"}}`)
	suspendRecording = patchOf("object suspended", `{"spec":{"suspend":true}}`)
	ResumeRecording  = patchOf("object resumed", `{"spec":{"suspend":false}}`)
	// OrphanRecording makes the operator let go of the recording.
	OrphanRecording = patchOf("object set to Orphan while deleted", `{"spec":{"deletionPolicy":"Orphan"}}`)
)

func ofRecording(kind ActionKind) func(Recording) Action {
	return func(r Recording) Action { return Action{Kind: kind, Recording: r} }
}

// patchOf returns a named change of an object.
func patchOf(name, change string) func(Recording) Action {
	return func(r Recording) Action { return Action{Kind: DoPatch, Name: name, Recording: r, Change: change} }
}

// ReconcileAt makes the operator reconcile an object at once. It works once per time.
func ReconcileAt(r Recording, at time.Time) Action {
	change := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, v1alpha1.ReconcileAtAnnotation, at.Format(time.RFC3339Nano))
	return patchOf("object edited: reconcile-at annotation set", change)(r)
}

// edits are changes that do not affect what is wanted of the recording.
func edits(r Recording) []Action {
	return []Action{
		ReconcileAt(r, time.Time{}),
		patchOf("object edited: asyncStop toggled", fmt.Sprintf(`{"spec":{"asyncStop":%t}}`, !r.asyncStop))(r),
		patchOf("object edited: labels changed", `{"metadata":{"labels":{"class":"edited"}}}`)(r),
		patchOf("object edited: upload timeouts changed", fmt.Sprintf(`{"spec":{"upload":{"confirmTimeout":%q}}}`, ConfirmTimeout+time.Second))(r),
	}
}

// loseWorker makes the recorder lose its server.
func loseWorker(r Recording, lasts time.Duration) Action {
	return Action{Kind: DoLoseWorker, Recording: r, Lasts: lasts}
}

// LabelsOf is the patch that moves an object to a shard.
func LabelsOf(to Shard) string {
	if to == ShardMain {
		return fmt.Sprintf(`{"metadata":{"labels":{%q:null}}}`, ShardLabel)
	}
	return fmt.Sprintf(`{"metadata":{"labels":{%q:%q}}}`, ShardLabel, to)
}

// move moves a recording to another shard or to none, and then carries out another action.
func move(r Recording, to Shard, after time.Duration, then Action) Action {
	name := "labels changed to those of another shard"
	if to == ShardNone {
		name = "labels changed to those of no shard"
	}
	return Action{Kind: DoMove, Name: name, Recording: r, Change: LabelsOf(to), After: after}.with(then)
}

// with returns a copy of the action that also carries out another one.
func (a Action) with(then Action) Action {
	a.Then = &then
	return a
}

// damageSecret damages a Secret. In the namespace that is being deleted, it empties Secrets
// instead of removing them, because they could not be created again.
func damageSecret(secret Object, how Variant, lasts time.Duration) Action {
	a := Action{Kind: DoBreakSecret, Name: "Secret with credentials", Secret: secret, How: how, Lasts: lasts}
	if slices.Contains([]string{TokenSecret, CertificateSecret, WriterSecret}, secret.Name) {
		a.Name = "Secret " + secret.Name
	}
	if secret.Namespace == NamespaceGone && how == Removed {
		a.How = Emptied
	}
	return a
}

func restartAPIServer(lasts time.Duration) Action {
	a := Action{Kind: DoRestartAPI, Lasts: lasts}
	if lasts > LeaseDuration {
		// The leader ends before the API server is back.
		a.Name = "API server away for longer than the lease"
	}
	return a
}
