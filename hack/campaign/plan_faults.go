// SPDX-License-Identifier: Apache-2.0

package main

import (
	"time"

	"cloudrecording.dev/operator/hack/agorasim"
)

// requestFault makes something go wrong with the next requests of the operators to a
// server.
type requestFault struct {
	server server
	effect effect
	// resource restricts it to a part of the path, such as cloudrecordings;
	// empty for all but the leader's lease, which is asked for expressly.
	resource string
	// delay is for effectSlow.
	delay time.Duration
	times int
}

// server is what the operators ask by way of a proxy.
type server string

const (
	serverAPI    server = "API server"
	serverBucket server = "bucket"
)

// effect is what a fault does to a request.
type effect string

const (
	// effectSlow lets a request wait.
	effectSlow effect = "slow answer"
	// These answer a write without acting, the second one with Retry-After.
	effectConflict effect = "409 to a write"
	effectTooMany  effect = "429 to a write"
	effectFailure  effect = "500 to a write"
	// effectLost acts on a write, and closes its stream without an answer.
	effectLost effect = "write whose answer is lost"
	// effectCut closes all connections, those of watches too, and effectDrop that of
	// the request.
	effectCut  effect = "cut connections"
	effectDrop effect = "cut connection"
	// These answer any request as the bucket does.
	effectUnavailable effect = "503"
	effectForbidden   effect = "403"
)

// isForWrites says whether an effect strikes nothing but writes.
func (e effect) isForWrites() bool {
	return e == effectConflict || e == effectTooMany || e == effectFailure || e == effectLost
}

const leases = "leases"

func (a requestFault) kind() string {
	kind := string(a.server) + ": " + string(a.effect)
	if a.resource == leases {
		kind += ", of the lease"
	}
	return kind
}

// restartAPIServer ends the API server and starts it again after a while.
type restartAPIServer struct{ lasts time.Duration }

func (a restartAPIServer) kind() string {
	if a.lasts > leaseDuration {
		// Whoever leads ends before it is back.
		return "API server away for longer than the lease"
	}
	return "API server restarted"
}

// cutOffOperators keeps all operators from the API server, which goes on for users.
type cutOffOperators struct{ lasts time.Duration }

func (cutOffOperators) kind() string {
	return "all replicas cut off from the API server for longer than the lease"
}

// refuseStatus has every write of a recording's status be refused for a while.
type refuseStatus struct {
	recording recordingPlan
	how       refusal
	lasts     time.Duration
}

func (a refuseStatus) kind() string { return a.how.kind() }

// refusal is how writes of a status are refused.
type refusal string

const (
	// refusalByWebhook is what an admission webhook or policy answers.
	refusalByWebhook refusal = "denied by admission"
	// refusalByFailure is that of a webhook or an etcd that fails.
	refusalByFailure refusal = "500"
	// refusalByCRD is that of a CRD that is older than the operator.
	refusalByCRD refusal = "not valid by the CRD"
	// refusalBySize is that of an etcd that finds the object too large.
	refusalBySize refusal = "too large"
)

func statusRefusals() []refusal {
	return []refusal{refusalByWebhook, refusalByFailure, refusalByCRD, refusalBySize}
}

// kind is what it is counted as.
func (f refusal) kind() string { return "status writes refused: " + string(f) }

// endOperators has something happen to operators.
type endOperators struct {
	who replicaChoice
	how blow
	// lasts is how long one that was killed is kept down, or one is paused.
	lasts time.Duration
}

func (a endOperators) kind() string { return string(a.who) + " " + string(a.how) }

// replicaChoice says which replicas something happens to. Most recordings are of the main
// shard, so it is that whose leader is meant.
type replicaChoice string

const (
	chosenLeader replicaChoice = "leader"
	chosenOther  replicaChoice = "other replica"
	chosenAll    replicaChoice = "all replicas"
	// chosenOtherShard are those of another shard than the main one.
	chosenOtherShard replicaChoice = "replicas of another shard"
)

// blow is what happens to an operator.
type blow string

const (
	blowKilled     blow = "killed"
	blowTerminated blow = "terminated"
	blowPaused     blow = "paused past its lease"
)

// killPoint is when the operator is killed that starts a recording.
type killPoint string

const (
	killNone killPoint = ""
	// killBeforeStart is between acquire and start: start is on its way, and has
	// no effect.
	killBeforeStart killPoint = "between acquire and start"
	// killStartActed is when start has taken effect and is not answered.
	killStartActed killPoint = "when start has taken effect"
	// killStartAnswered is when the answer is on its way.
	killStartAnswered killPoint = "when start is answered"
)

func allKillPoints() []killPoint {
	return []killPoint{killBeforeStart, killStartActed, killStartAnswered}
}

// killAt kills the operator at the next start of a recording.
type killAt struct {
	recording recordingPlan
	killPoint killPoint
}

func (a killAt) kind() string { return "operator killed " + string(a.killPoint) }

// breakEndpoints makes endpoints of a replica fail.
type breakEndpoints struct {
	replica int
	which   endpointChoice
	how     endpointFailure
	lasts   time.Duration
}

func (a breakEndpoints) kind() string { return a.how.kind() }

// endpointChoice says which endpoints fail.
type endpointChoice int

const (
	endpointFirst endpointChoice = iota
	// endpointInUse is the one that the operator has asked last.
	endpointInUse
	endpointAll
)

// endpointFailure is how an endpoint fails.
type endpointFailure string

const (
	endpointAnswers endpointFailure = ""
	endpointRefuses endpointFailure = "refused"
	// endpointHangs accepts connections and never answers.
	endpointHangs endpointFailure = "hung"
	// endpointPages has a gateway answer 503 with a page, in the place of Agora.
	endpointPages endpointFailure = "answered with a gateway's page"
)

// kind is what it is counted as.
func (f endpointFailure) kind() string { return "endpoint " + string(f) }

// otherClients use an account, by credentials of their own, so that the
// operator is answered 429 though it keeps to the limit.
type otherClients struct {
	account   string
	perSecond int
	lasts     time.Duration
}

func (otherClients) kind() string { return "account used by others" }

// restartAgora takes the service away for a while.
type restartAgora struct{ lasts time.Duration }

func (restartAgora) kind() string { return "Agora restarted" }

// loseWorker takes the server of a recorder away.
type loseWorker struct {
	recording recordingPlan
	lasts     time.Duration
}

func (loseWorker) kind() string { return "recorder moved to another server" }

// endRecording has a recording end at Agora by itself.
type endRecording struct {
	recording recordingPlan
	how       selfEnd
}

func (a endRecording) kind() string {
	if a.how == endExited {
		return string(endFailed)
	}
	return string(a.how)
}

// selfEnd is how a recording ends by itself.
type selfEnd string

const (
	endEmptied selfEnd = "channel left by all"
	// endSessions empties it in some sessions, one after the other.
	endSessions selfEnd = "channel left by all in further sessions"
	endFailed   selfEnd = "recorder failed"
	// endExited is a failure at once.
	endExited selfEnd = "recorder failed at once"
)

// notificationFault makes something go wrong with the next notifications, those of a
// recording or any.
type notificationFault struct {
	recording recordingPlan
	fault     agorasim.NotificationFault
}

func (f notificationFault) kind() string {
	if len(f.fault.EventTypes) > 0 {
		return "notification: lose, of a start"
	}
	return "notification: " + string(f.fault.Effect)
}

// loseNotifications has no notification tell of a recording, so that the answer to its stop
// is the only place where the names of its last files stand. With types of events, it is
// these that are lost.
func loseNotifications(r recordingPlan, eventTypes ...int) notificationFault {
	return notificationFault{r, agorasim.NotificationFault{EventTypes: eventTypes, Effect: agorasim.NotificationLose}}
}

// sendNotification sends an event that nothing led to.
type sendNotification struct {
	recording recordingPlan
	eventType int
}

func (sendNotification) kind() string { return "notification: out of the blue" }

// floodObject has Agora send many notifications of a recording, of other uids and of other
// addresses that it is pushed to.
type floodObject struct {
	recording recordingPlan
	// each is how many of either kind there are.
	each int
}

func (floodObject) kind() string { return "notifications of many uids and push addresses" }
