// SPDX-License-Identifier: Apache-2.0

package agora

// Conclusion is what an answer means. Its zero value is NotKnown, so that
// nothing is taken for success by omission.
type Conclusion string

const (
	// NotKnown means that nothing is certain: no answer, one that makes no
	// sense, or Agora's own word that it could not finish. The request may
	// have taken effect.
	NotKnown Conclusion = ""

	// Succeeded means that Agora accepted the request.
	Succeeded Conclusion = "Succeeded"

	// NoRecordedData means that the recording ended and that nobody had
	// published anything, so that there are no files.
	NoRecordedData Conclusion = "NoRecordedData"

	// UploadTimedOut means that the recording ended and that its upload took
	// longer than a synchronous stop waits.
	UploadTimedOut Conclusion = "UploadTimedOut"

	// AlreadyExiting means that the recorder is ending, by an earlier stop or
	// by itself.
	AlreadyExiting Conclusion = "AlreadyExiting"

	// NotFound means that Agora finds no such recorder: it exited, or is being
	// moved to another server, which takes up to 90 seconds.
	NotFound Conclusion = "NotFound"

	// NoRoute means that Agora's gateway knows no such URL, which says nothing
	// of the recording.
	NoRoute Conclusion = "NoRoute"

	// InvalidRequest means that Agora refuses the request as wrong.
	InvalidRequest Conclusion = "InvalidRequest"

	// ResourceExpired means that Agora takes no more calls for this recording,
	// which may still be running.
	ResourceExpired Conclusion = "ResourceExpired"

	// CredentialsRejected means that Agora refuses the credentials.
	CredentialsRejected Conclusion = "CredentialsRejected"

	// AlreadyStarted means that the recording was started before with the same
	// resource ID, and runs, and that the answer does not say its sid.
	AlreadyStarted Conclusion = "AlreadyStarted"

	// TaskConflict means that a recording of the same channel and uid runs
	// already, and that none was started.
	TaskConflict Conclusion = "TaskConflict"

	// NeedsNewResource means that nothing was started, and that nothing will be
	// with this resource ID.
	NeedsNewResource Conclusion = "NeedsNewResource"

	// Overloaded means that nothing was started for want of room: the account
	// runs as many recordings as it may, or Agora has no server for another.
	Overloaded Conclusion = "Overloaded"

	// NotEnabled means that cloud recording is not enabled for the App ID.
	NotEnabled Conclusion = "NotEnabled"

	// TokenRejected means that Agora refuses the token with which the recorder is to
	// join the channel. It says nothing of whether the recorder is at work.
	TokenRejected Conclusion = "TokenRejected"

	// AccountInactive means that Agora has suspended the account or the App ID.
	AccountInactive Conclusion = "AccountInactive"

	// RateLimited means that the account has sent too many requests and that
	// this one had no effect.
	RateLimited Conclusion = "RateLimited"
)

// String returns the conclusion's name.
func (c Conclusion) String() string {
	if c == NotKnown {
		return "NotKnown"
	}
	return string(c)
}

// rule is a row of the table: what an answer of that kind means.
type rule struct {
	// method restricts the rule to a method; empty for all.
	method Method

	// codes are Agora's codes that the rule is for, whatever the HTTP status;
	// Agora's documentation does not name one for all of them.
	codes []int32

	// when is the condition of a rule without codes.
	when func(r Reply) bool

	conclusion Conclusion
}

// rules is the meaning of every answer. The first rule that fits counts; an
// answer that none fits is NotKnown.
//
// The gateway's answers come first: they have no code, and their status alone
// decides. Then come Agora's codes, then what has a status but no code.
var rules = []rule{
	{when: statusIs(httpUnauthorized, httpForbidden), conclusion: CredentialsRejected},
	{when: statusIs(httpTooManyRequests), conclusion: RateLimited},
	{when: isNoRoute, conclusion: NoRoute},

	// For acquire, 62 is no time-out, whatever the HTTP status.
	{codes: []int32{62}, method: MethodAcquire, conclusion: NotEnabled},
	{codes: []int32{406}, method: MethodAcquire, conclusion: Overloaded},
	{codes: []int32{405}, method: MethodAcquire, conclusion: AccountInactive},
	{codes: []int32{501, 504}, method: MethodAcquire, conclusion: Overloaded},

	{method: MethodStart, when: isAlreadyStarted, conclusion: Succeeded},
	{codes: []int32{7}, method: MethodStart, conclusion: AlreadyStarted},
	{codes: []int32{53}, method: MethodStart, conclusion: TaskConflict},
	{codes: []int32{15, 433, 502, 1001}, method: MethodStart, conclusion: NeedsNewResource},

	{codes: []int32{435}, method: MethodStop, conclusion: NoRecordedData},
	// Agora documents no HTTP status for them, and each in one of its editions.
	{codes: []int32{50, 206}, method: MethodStop, conclusion: UploadTimedOut},
	{codes: []int32{501}, method: MethodQuery, conclusion: AlreadyExiting},
	{codes: []int32{501}, method: MethodUpdate, conclusion: AlreadyExiting},
	{codes: []int32{501}, method: MethodUpdateLayout, conclusion: AlreadyExiting},
	{method: MethodStart, when: isRejectedAndStarted, conclusion: NotKnown},
	{codes: []int32{CodeTokenExpired, CodeTokenInvalid}, conclusion: TokenRejected},
	{when: isServerError, conclusion: NotKnown},
	{codes: []int32{62, 65, 501}, conclusion: NotKnown},
	{codes: []int32{49}, conclusion: AlreadyExiting},
	{codes: []int32{433, 1001, 1003}, conclusion: ResourceExpired},
	{method: MethodAcquire, when: isNotEnabled, conclusion: NotEnabled},
	{when: isRateLimit, conclusion: RateLimited},
	{codes: []int32{400}, method: MethodAcquire, conclusion: NotEnabled},
	{codes: []int32{2, 8, 400, 401, 405, 432, 1013, 1028}, conclusion: InvalidRequest},

	{when: isWorkerNotFound, conclusion: NotFound},
	{when: isRefused, conclusion: InvalidRequest},
	{method: MethodQuery, when: isSuccessWithResponse, conclusion: Succeeded},
	{method: MethodUpdate, when: isUpdated, conclusion: Succeeded},
	{method: MethodUpdateLayout, when: isUpdated, conclusion: Succeeded},
	{method: MethodStop, when: isSuccess, conclusion: Succeeded},
	{method: MethodAcquire, when: isAcquired, conclusion: Succeeded},
	{method: MethodStart, when: isStarted, conclusion: Succeeded},
}

func (r rule) fits(method Method, reply Reply) bool {
	if r.method != "" && r.method != method {
		return false
	}
	if r.when != nil {
		return r.when(reply)
	}
	for _, code := range r.codes {
		if code == reply.code {
			return true
		}
	}
	return false
}

func statusIs(statuses ...int) func(Reply) bool {
	return func(r Reply) bool {
		for _, candidate := range statuses {
			if r.status == candidate {
				return true
			}
		}
		return false
	}
}

func isServerError(r Reply) bool {
	return r.status >= httpServerError
}

func isNoRoute(r Reply) bool {
	return r.status == httpNotFound && r.says("no route matched")
}

// isWorkerNotFound accepts the 404 of the recording service only: what a proxy
// or another service says with the same status, or the same code, says nothing
// of the recording.
func isWorkerNotFound(r Reply) bool {
	notFound := r.status == httpNotFound || r.code == httpNotFound
	return notFound && (r.says("failed to find worker") || r.isOfService() || r.cname != "")
}

func isRefused(r Reply) bool {
	return r.status == httpBadRequest && r.isObject
}

// isSuccess needs more than the status: the answer must be the service's own,
// and carry no error code. Agora's older documentation shows a code of 200.
func isSuccess(r Reply) bool {
	return r.status >= 200 && r.status < 300 && r.isOfService() &&
		!r.strangeCode && (r.code == 0 || r.code == httpOK)
}

// isSuccessWithResponse is for query, whose answer is worth nothing without
// the state of the recorder.
func isSuccessWithResponse(r Reply) bool {
	return isSuccess(r) && r.response != nil
}

// isUpdated needs the exact status: with any other one, Agora may still be at it.
func isUpdated(r Reply) bool {
	return r.status == httpOK && isSuccess(r)
}

// isAcquired needs the resource ID, which is all that acquire is for.
func isAcquired(r Reply) bool {
	return isSuccess(r) && isResourceID(r.resourceID)
}

// isStarted needs the sid, without which the recording cannot be stopped.
func isStarted(r Reply) bool {
	return isSuccess(r) && isSID(r.sid)
}

// isAlreadyStarted is the answer to a repeated start that says the sid, which is
// all that was lost with the first one's.
func isAlreadyStarted(r Reply) bool {
	return r.status == httpCreated && r.code == codeAlreadyStarted && isSID(r.sid)
}

const codeAlreadyStarted = 7

// Agora's codes for a token that it refuses.
const (
	// CodeTokenExpired means that the token has expired.
	CodeTokenExpired = 109

	// CodeTokenInvalid means that the token is not one of the channel, the uid and the
	// App ID, or that there is one though the project has no certificate.
	CodeTokenInvalid = 110
)

// isRejectedAndStarted says whether an answer to start names a recording though the
// token was refused: it may be running.
func isRejectedAndStarted(r Reply) bool {
	return (r.code == CodeTokenExpired || r.code == CodeTokenInvalid) && isSID(r.sid)
}

// isNotEnabled accepts what Agora says instead of a code.
func isNotEnabled(r Reply) bool {
	return r.status == httpBadRequest && (r.says("appid is invalid") || r.says("invalid appid") || r.says("invalid_appid"))
}

// Conclude says what the answer to a call for the recording means. No text in it shows
// the credentials or the secrets.
func Conclude(method Method, credentials Credentials, recording Recording, r Reply, secrets ...string) Answer {
	// Before anything is cut off the text, lest a part of a secret remain.
	r.text = redact(r.text, credentials, secrets...)
	answer := Answer{Method: method, HTTPStatus: r.status, Code: r.code, Reason: r.reason()}
	if r.isOfAnother(method, recording) {
		answer.Reason = "the answer is about another recording"
		return answer
	}
	// Names and states count wherever they stand, in an error as well.
	answer.Report = newReport(r.response)
	if method == MethodAcquire && isResourceID(r.resourceID) {
		answer.ResourceID = r.resourceID
	}
	if method == MethodStart && isSID(r.sid) {
		answer.SID = r.sid
	}
	for _, rule := range rules {
		if rule.fits(method, r) {
			answer.Conclusion = rule.conclusion
			return answer
		}
	}
	return answer
}
