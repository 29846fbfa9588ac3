// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

// action is something that happens. Its deed says which of the fields matter.
type action struct {
	deed deed
	// name is what it is counted as, where the deed says too little.
	name string
	// recording is whose it is; none for what is everybody's.
	recording recordingPlan
	// how says in which way, and of to what: an account, a customer, a namespace, a shard,
	// or a part of a path.
	how way
	of  string
	// secret is a Secret, and replica the index of one.
	secret  object
	replica int
	// change is a patch.
	change string
	// after is for how long it is waited, lasts for how long something goes on or may take.
	after, lasts time.Duration
	// times is how often something strikes, or is done.
	times int
	// then is what else is done, despite what a stop must not be held up by, in words.
	then    *action
	despite string
	// call or a row of the error table is what goes wrong with calls to Agora.
	call         agorasim.Fault
	row          row
	notification agorasim.NotificationFault
	eventType    int
}

// String is what an action is counted as.
func (a action) String() string {
	what, how := cmp.Or(a.name, string(a.deed)), string(a.how)
	switch a.deed {
	case doBreakServer, doRefuseStatus:
		return what + ": " + how
	case doKill, doTerminate, doPause:
		return how + " " + what
	case doKillAt, doBreakEndpoints:
		return what + " " + how
	case doBreakSecret:
		return fmt.Sprintf("%s %s, and is mended", what, how)
	case doOnceBegun, doInTime:
		return a.then.String() + ", " + cmp.Or(a.despite, what)
	case doMove, doFill:
		return what + ", and " + a.then.String()
	default:
		return what
	}
}

// deed is what is done.
type deed string

// The wishes of users.
const (
	// doCreate creates an object: for a recording that it begins at Agora, or one that the
	// operator is to start. One with many sessions has had them already.
	doCreate          deed = "object created"
	doPatch           deed = "object changed"
	doDelete          deed = "object deleted"
	doDeleteNamespace deed = "namespace deleted"
	// doOnceBegun does something a while after a recording has begun.
	doOnceBegun deed = "once it was started"
	// doInTime does what has a recording be stopped, and notes until when that is to be
	// asked of Agora. It is for times in which nothing else disturbs.
	doInTime deed = "in time"
	// doMove changes the labels of a recording that its operators look after, such that
	// those of another shard watch it, or none, and does something a while later.
	doMove deed = "labels changed"
	// doFill makes an object as large as etcd takes, so that its status cannot grow, does
	// something then, and makes it smaller again after a while.
	doFill deed = "object filled up to etcd's limit"
	// These give another secret to a customer, or to the notifications of an account: at
	// Agora first, and in the Secrets a while later.
	doRotateCustomer deed = "credentials rotated"
	doRotateReceiver deed = "secret of notifications rotated"
	// doBreakSecret damages a Secret for a while: credentials, or the token or the key to
	// the bucket that starts need.
	doBreakSecret deed = "Secret"
)

// isWish says whether a user wishes it, whatever the time.
func (d deed) isWish() bool {
	return slices.Contains([]deed{
		doCreate, doPatch, doDelete, doDeleteNamespace, doOnceBegun, doInTime, doMove, doFill, doRotateCustomer, doRotateReceiver, doBreakSecret,
	}, d)
}

// What disturbs.
const (
	// doBreakServer makes something go wrong with the next requests of the operators to the
	// API server or the bucket. What is of no part of the path strikes all but the leader's
	// lease.
	doBreakServer deed = "server"
	// doRestartAPI ends the API server and starts it again after a while.
	doRestartAPI deed = "API server restarted"
	// doCutOff keeps all operators from the API server, which goes on for users.
	doCutOff deed = "all replicas cut off from the API server for longer than the lease"
	// doRefuseStatus has every write of a recording's status be refused.
	doRefuseStatus deed = "status writes refused"
	// These happen to the leader or others. One that is killed is kept down for a while.
	doKill      deed = "killed"
	doTerminate deed = "terminated"
	doPause     deed = "paused past its lease"
	// doKillAt kills the operator at the next start of a recording.
	doKillAt deed = "operator killed"
	// doBreakEndpoints makes endpoints of a replica fail.
	doBreakEndpoints deed = "endpoint"
	// doUseAccount has others use an account, by credentials of their own, so many times a
	// second, so that the operator is answered 429 though it keeps to the limit.
	doUseAccount   deed = "account used by others"
	doRestartAgora deed = "Agora restarted"
	// These make something go wrong with the next calls, or notifications, of a recording
	// or of any.
	doBreakCalls         deed = "call"
	doBreakNotifications deed = "notification"
	doLoseWorker         deed = "recorder moved to another server"
	// These end a recording at Agora by itself: doEmptySessions in some sessions, one after
	// the other, and doExit as a failure at once.
	doEmpty         deed = "channel left by all"
	doEmptySessions deed = "channel left by all in further sessions"
	doFail          deed = "recorder failed"
	doExit          deed = "recorder exited"
	// doNotify sends an event that nothing led to.
	doNotify deed = "notification: out of the blue"
	// doFlood has Agora send many notifications of a recording, of other uids and of other
	// addresses that it is pushed to: so many of either kind.
	doFlood deed = "notifications of many uids and push addresses"
)

// way is how something is done or goes wrong.
type way string

// What a fault does to a request.
const (
	// slow lets it wait.
	slow way = "slow answer"
	// These answer a write without acting, the second one with Retry-After.
	conflict way = "409 to a write"
	tooMany  way = "429 to a write"
	failure  way = "500 to a write"
	// lost acts on a write, and closes its stream without an answer.
	lost way = "write whose answer is lost"
	// cut closes all connections, those of watches too, and dropped that of the request.
	cut     way = "cut connections"
	dropped way = "cut connection"
	// These answer any request as a bucket does.
	unavailable way = "503"
	forbidden   way = "403"
)

// How writes of a status are refused.
const (
	// byWebhook is what an admission webhook or policy answers.
	byWebhook way = "denied by admission"
	// byFailure is that of a webhook or an etcd that fails.
	byFailure way = "500"
	// byCRD is that of a CRD that is older than the operator.
	byCRD way = "not valid by the CRD"
	// bySize is that of an etcd that finds the object too large.
	bySize way = "too large"
)

// When the operator is killed that starts a recording.
const (
	// beforeStart is between acquire and start: start is on its way, and has no effect.
	beforeStart way = "between acquire and start"
	// startActed is when start has taken effect and is not answered.
	startActed way = "when start has taken effect"
	// startAnswered is when the answer is on its way.
	startAnswered way = "when start is answered"
)

// How an endpoint fails.
const (
	refusing way = "refused"
	// hanging accepts connections and never answers.
	hanging way = "hung"
	// paging has a gateway answer 503 with a page, in the place of Agora.
	paging way = "answered with a gateway's page"
)

// What happens to a Secret.
const (
	removed way = "removed"
	emptied way = "emptied"
	lacking way = "lacks a key"
	// wrong holds what Agora accepts, and what opens nothing.
	wrong way = "is wrong"
)

// To which operators something happens. Most recordings are of the main shard, so it is
// that whose leader is meant.
const (
	leader         way = "leader"
	otherReplica   way = "other replica"
	allReplicas    way = "all replicas"
	ofAnotherShard way = "replicas of another shard"
)

// What is broken: a server, or endpoints.
const (
	apiServer = "API server"
	bucket    = "bucket"

	firstEndpoint = "first"
	// endpointInUse is the one that the operator has asked last.
	endpointInUse = "in use"
	allEndpoints  = "all"
)

// leases is the part of the path of the leader's lease.
const leases = "leases"

func createRecording(r recordingPlan) action {
	a := action{deed: doCreate, name: "object created, to be adopted", recording: r}
	switch {
	case r.outcome == outcomeManySessions:
		a.name = "object created with a hundred sessions"
	case r.outcome.isOfSize():
		a.name = "object created with large annotations"
	case r.starts:
		a.name = "object created, to be started"
	}
	return a
}

const nameStopped = "object set to Stopped"

// What is done to many a recording.
var (
	deleteRecording  = ofRecording(doDelete)
	emptyChannel     = ofRecording(doEmpty)
	stopRecording    = patchOf(nameStopped, `{"spec":{"state":"Stopped"}}`)
	suspendRecording = patchOf("object suspended", `{"spec":{"suspend":true}}`)
	resumeRecording  = patchOf("object resumed", `{"spec":{"suspend":false}}`)
	// orphanRecording lets go of it.
	orphanRecording = patchOf("object set to Orphan while deleted", `{"spec":{"deletionPolicy":"Orphan"}}`)
)

func ofRecording(d deed) func(recordingPlan) action {
	return func(r recordingPlan) action { return action{deed: d, recording: r} }
}

// patchOf is a change of an object that has a name.
func patchOf(name, change string) func(recordingPlan) action {
	return func(r recordingPlan) action { return action{deed: doPatch, name: name, recording: r, change: change} }
}

// reconcileAt has the operator look at an object at once: at each time once.
func reconcileAt(r recordingPlan, at time.Time) action {
	change := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, v1alpha1.ReconcileAtAnnotation, at.Format(time.RFC3339Nano))
	return patchOf("object edited: reconcile-at annotation set", change)(r)
}

// edits are changes that are none of what is wanted of the recording.
func edits(r recordingPlan) []action {
	return []action{
		reconcileAt(r, time.Time{}),
		patchOf("object edited: asyncStop toggled", fmt.Sprintf(`{"spec":{"asyncStop":%t}}`, !r.asyncStop))(r),
		patchOf("object edited: labels changed", `{"metadata":{"labels":{"class":"edited"}}}`)(r),
		patchOf("object edited: upload timeouts changed", fmt.Sprintf(`{"spec":{"upload":{"confirmTimeout":%q}}}`, confirmTimeout+time.Second))(r),
	}
}

// loseWorker takes the server of a recorder away.
func loseWorker(r recordingPlan, lasts time.Duration) action {
	return action{deed: doLoseWorker, recording: r, lasts: lasts}
}

// labelsOf is the change that makes an object one of a shard's.
func labelsOf(to shard) string {
	if to == shardMain {
		return fmt.Sprintf(`{"metadata":{"labels":{%q:null}}}`, shardLabel)
	}
	return fmt.Sprintf(`{"metadata":{"labels":{%q:%q}}}`, shardLabel, to)
}

// move moves a recording to another shard, or none, and does something then.
func move(r recordingPlan, to shard, after time.Duration, then action) action {
	name := "labels changed to those of another shard"
	if to == shardNone {
		name = "labels changed to those of no shard"
	}
	return action{deed: doMove, name: name, recording: r, change: labelsOf(to), after: after}.with(then)
}

// with returns an action that does something else besides.
func (a action) with(then action) action {
	a.then = &then
	return a
}

// damageSecret removes no Secret in the namespace that is being deleted: it could not be
// created again.
func damageSecret(secret object, how way, lasts time.Duration) action {
	a := action{deed: doBreakSecret, name: "Secret with credentials", secret: secret, how: how, lasts: lasts}
	if secret.name == tokenSecret || secret.name == writerSecret {
		a.name = "Secret " + secret.name
	}
	if secret.namespace == namespaceGone && how == removed {
		a.how = emptied
	}
	return a
}

func restartAPIServer(lasts time.Duration) action {
	a := action{deed: doRestartAPI, lasts: lasts}
	if lasts > leaseDuration {
		// Whoever leads ends before it is back.
		a.name = "API server away for longer than the lease"
	}
	return a
}

// requestFault strikes the next requests to a server, those of a part of the path.
func requestFault(server string, how way, part string, delay time.Duration, times int) action {
	a := action{deed: doBreakServer, name: server, how: how, of: part, lasts: delay, times: times}
	if part == leases {
		a.name += ", of the lease"
	}
	return a
}
