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

// Action is something that happens. Its kind says which of the fields matter.
type Action struct {
	Kind ActionKind
	// Name is what it is counted as, where the kind says too little.
	Name string
	// Recording is whose it is; none for what is everybody's.
	Recording Recording
	// How says in which way, and Of to what: an account, a customer, a namespace, a shard,
	// or a part of a path.
	How Variant
	Of  string
	// Secret is a Secret, and Replica the index of one.
	Secret  Object
	Replica int
	// Change is a patch.
	Change string
	// After is for how long it is waited, Lasts for how long something goes on or may take.
	After, Lasts time.Duration
	// Times is how often something strikes, or is done.
	Times int
	// Then is what else is done, Despite what a stop must not be held up by, in words.
	Then    *Action
	Despite string
	// call or a row of the error table is what goes wrong with calls to Agora.
	call         faults.Fault
	row          row
	Notification notify.Fault
	EventType    int
}

// String is what an action is counted as.
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

// ActionKind is what is done.
type ActionKind string

// What users do.
const (
	// DoCreate creates an object: for a recording that it begins at Agora, or one that the
	// operator is to start. One with many sessions has had them already, and an aged one is
	// recorded for long.
	DoCreate          ActionKind = "object created"
	DoPatch           ActionKind = "object changed"
	DoDelete          ActionKind = "object deleted"
	DoDeleteNamespace ActionKind = "namespace deleted"
	// DoOnceBegun does something a while after a recording has begun.
	DoOnceBegun ActionKind = "once it was started"
	// DoOnceMade does something once a schedule has made an occurrence, however slowly the
	// operators come to it.
	DoOnceMade ActionKind = "once an occurrence was made"
	// DoInTime does what has a recording be stopped, and notes until when that is to be
	// asked of Agora. It is for times in which nothing else disturbs.
	DoInTime ActionKind = "in time"
	// DoMove changes the labels of a recording that its operators look after, such that
	// those of another shard watch it, or none, and does something a while later.
	DoMove ActionKind = "labels changed"
	// DoFill makes an object as large as etcd takes, so that its status cannot grow, does
	// something then, and makes it smaller again after a while.
	DoFill ActionKind = "object filled up to etcd's limit"
	// DoChangeProfile edits or deletes the profile of a recording that runs, or mends it.
	DoChangeProfile ActionKind = "profile of a recording that runs"
	// DoPatchSchedule changes a schedule.
	DoPatchSchedule ActionKind = "schedule changed"
	// These give another secret to a customer, or to the notifications of an account: at
	// Agora first, and in the Secrets a while later.
	DoRotateCustomer ActionKind = "credentials rotated"
	DoRotateReceiver ActionKind = "secret of notifications rotated"
	// DoBreakSecret damages a Secret for a while: credentials, or the token, the App
	// Certificate or the key to the bucket that starts need.
	DoBreakSecret ActionKind = "Secret"
)

// IsByUser says whether a user does it, whatever the time.
func (k ActionKind) IsByUser() bool {
	return slices.Contains([]ActionKind{
		DoCreate, DoPatch, DoDelete, DoDeleteNamespace, DoOnceBegun, DoOnceMade, DoInTime, DoMove, DoFill, DoRotateCustomer, DoRotateReceiver, DoBreakSecret,
		DoChangeProfile, DoPatchSchedule,
	}, k)
}

// What disturbs.
const (
	// These make something go wrong with the next requests of the operators. What is of no
	// part of the path strikes all but the leader's lease.
	DoBreakAPI    ActionKind = "API server"
	DoBreakBucket ActionKind = "bucket"
	// DoRestartAPI ends the API server and starts it again after a while.
	DoRestartAPI ActionKind = "API server restarted"
	// DoCutOff keeps the leader or all operators from the API server, which goes on for
	// others.
	DoCutOff ActionKind = "cut off from the API server for longer than the lease"
	// DoRefuseStatus has every write of a recording's status be refused.
	DoRefuseStatus ActionKind = "status writes refused"
	// These happen to the leader or others. One that is killed is kept down for a while.
	DoKill      ActionKind = "killed"
	DoTerminate ActionKind = "terminated"
	DoPause     ActionKind = "paused past its lease"
	// DoAroundOccurrence does something around the time at which an occurrence begins.
	DoAroundOccurrence ActionKind = "around an occurrence"
	// DoKillAt kills the operator at the next start of a recording.
	DoKillAt ActionKind = "operator killed"
	// DoBreakEndpoints makes endpoints of a replica fail.
	DoBreakEndpoints ActionKind = "endpoint"
	// DoUseAccount has others use an account, by credentials of their own, so many times a
	// second, so that the operator is answered 429 though it keeps to the limit.
	DoUseAccount   ActionKind = "account used by others"
	DoRestartAgora ActionKind = "Agora restarted"
	// These make something go wrong with the next calls, or notifications, of a recording
	// or of any.
	DoBreakCalls         ActionKind = "call"
	DoBreakNotifications ActionKind = "notification"
	DoLoseWorker         ActionKind = "recorder moved to another server"
	// These end a recording at Agora by itself: DoEmptySessions in some sessions, one after
	// the other, DoExpireToken as one whose token has ended, and DoExit as a failure at once.
	DoEmpty         ActionKind = "channel left by all"
	DoEmptySessions ActionKind = "channel left by all in further sessions"
	DoExpireToken   ActionKind = "token ended"
	DoFail          ActionKind = "recorder failed"
	DoExit          ActionKind = "recorder exited"
	// DoNotify sends an event that nothing led to.
	DoNotify ActionKind = "notification: out of the blue"
	// DoFlood has Agora send many notifications of a recording, of other uids and of other
	// addresses that it is pushed to: so many of either kind.
	DoFlood ActionKind = "notifications of many uids and push addresses"
)

// Variant is how something is done or goes wrong.
type Variant string

// The ways in which things are done and go wrong.
const (
	// What a fault does to a request. Slow lets it wait.
	Slow Variant = "slow answer"
	// These answer a write without acting, the second one with Retry-After.
	Conflict Variant = "409 to a write"
	TooMany  Variant = "429 to a write"
	Failure  Variant = "500 to a write"
	// Lost acts on a write, and closes its stream without an answer.
	Lost Variant = "write whose answer is lost"
	// Cut closes all connections, those of watches too, and Dropped that of the request.
	Cut     Variant = "cut connections"
	Dropped Variant = "cut connection"
	// These answer any request as a bucket does.
	Unavailable Variant = "503"
	Forbidden   Variant = "403"

	// How writes of a status are refused. ByWebhook is what an admission webhook or policy
	// answers.
	ByWebhook Variant = "denied by admission"
	// ByFailure is that of a webhook or an etcd that fails.
	ByFailure Variant = "500"
	// ByCRD is that of a CRD that is older than the operator.
	ByCRD Variant = "not valid by the CRD"
	// BySize is that of an etcd that finds the object too large.
	BySize Variant = "too large"

	// When the operator is killed that starts a recording. BeforeStart is between acquire and
	// start: start is on its way, and has no effect.
	BeforeStart Variant = "between acquire and start"
	// StartActed is when start has taken effect and is not answered.
	StartActed Variant = "when start has taken effect"
	// StartAnswered is when the answer is on its way.
	StartAnswered Variant = "when start is answered"

	// How an endpoint fails.
	Refusing Variant = "refused"
	// Hanging accepts connections and never answers.
	Hanging Variant = "hung"
	// Paging has a gateway answer 503 with a page, in the place of Agora.
	Paging Variant = "answered with a gateway's page"

	// What happens to a Secret.
	Removed Variant = "removed"
	Emptied Variant = "emptied"
	Lacking Variant = "lacks a key"
	// Wrong holds what Agora accepts, and what opens and signs nothing.
	Wrong Variant = "is wrong"

	// To which operators something happens. Most recordings are of the main shard, so it is
	// that whose leader is meant.
	Leader         Variant = "leader"
	otherReplica   Variant = "other replica"
	AllReplicas    Variant = "all replicas"
	OfAnotherShard Variant = "replicas of another shard"
)

// To what something is done: to endpoints, or to requests about the leader's lease.
const (
	FirstEndpoint = "first"
	// EndpointInUse is the one that the operator has asked last.
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

// What is done to many a recording.
var (
	DeleteRecording  = ofRecording(DoDelete)
	emptyChannel     = ofRecording(DoEmpty)
	StopRecording    = patchOf(nameStopped, `{"spec":{"state":"Stopped"}}`)
	suspendRecording = patchOf("object suspended", `{"spec":{"suspend":true}}`)
	ResumeRecording  = patchOf("object resumed", `{"spec":{"suspend":false}}`)
	// OrphanRecording lets go of it.
	OrphanRecording = patchOf("object set to Orphan while deleted", `{"spec":{"deletionPolicy":"Orphan"}}`)
)

func ofRecording(kind ActionKind) func(Recording) Action {
	return func(r Recording) Action { return Action{Kind: kind, Recording: r} }
}

// patchOf is a change of an object that has a name.
func patchOf(name, change string) func(Recording) Action {
	return func(r Recording) Action { return Action{Kind: DoPatch, Name: name, Recording: r, Change: change} }
}

// ReconcileAt has the operator look at an object at once: at each time once.
func ReconcileAt(r Recording, at time.Time) Action {
	change := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, v1alpha1.ReconcileAtAnnotation, at.Format(time.RFC3339Nano))
	return patchOf("object edited: reconcile-at annotation set", change)(r)
}

// edits are changes that are none of what is wanted of the recording.
func edits(r Recording) []Action {
	return []Action{
		ReconcileAt(r, time.Time{}),
		patchOf("object edited: asyncStop toggled", fmt.Sprintf(`{"spec":{"asyncStop":%t}}`, !r.asyncStop))(r),
		patchOf("object edited: labels changed", `{"metadata":{"labels":{"class":"edited"}}}`)(r),
		patchOf("object edited: upload timeouts changed", fmt.Sprintf(`{"spec":{"upload":{"confirmTimeout":%q}}}`, ConfirmTimeout+time.Second))(r),
	}
}

// loseWorker takes the server of a recorder away.
func loseWorker(r Recording, lasts time.Duration) Action {
	return Action{Kind: DoLoseWorker, Recording: r, Lasts: lasts}
}

// LabelsOf is the change that makes an object one of a shard's.
func LabelsOf(to Shard) string {
	if to == ShardMain {
		return fmt.Sprintf(`{"metadata":{"labels":{%q:null}}}`, ShardLabel)
	}
	return fmt.Sprintf(`{"metadata":{"labels":{%q:%q}}}`, ShardLabel, to)
}

// move moves a recording to another shard, or none, and does something then.
func move(r Recording, to Shard, after time.Duration, then Action) Action {
	name := "labels changed to those of another shard"
	if to == ShardNone {
		name = "labels changed to those of no shard"
	}
	return Action{Kind: DoMove, Name: name, Recording: r, Change: LabelsOf(to), After: after}.with(then)
}

// with returns an action that does something else besides.
func (a Action) with(then Action) Action {
	a.Then = &then
	return a
}

// damageSecret removes no Secret in the namespace that is being deleted: it could not be
// created again.
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
		// Whoever leads ends before it is back.
		a.Name = "API server away for longer than the lease"
	}
	return a
}
