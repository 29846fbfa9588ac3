// SPDX-License-Identifier: Apache-2.0

package agora

// Conclusion is the meaning of an answer. Its zero value is NotKnown, so that nothing
// counts as success by omission.
type Conclusion string

const (
	// NotKnown means that nothing is certain: there was no answer, the answer makes no
	// sense, or Agora says that it could not finish. The request may have taken effect.
	NotKnown Conclusion = ""

	// Succeeded means that Agora accepted the request.
	Succeeded Conclusion = "Succeeded"

	// NoRecordedData means that the recording ended without files because nobody
	// published anything.
	NoRecordedData Conclusion = "NoRecordedData"

	// UploadTimedOut means that the recording ended and that the upload took longer than
	// a synchronous stop waits.
	UploadTimedOut Conclusion = "UploadTimedOut"

	// AlreadyExiting means that the recorder is ending, either because of an earlier stop
	// or by itself.
	AlreadyExiting Conclusion = "AlreadyExiting"

	// NotFound means that Agora cannot find the recorder. It has exited, or it is being
	// moved to another server, which takes up to 90 seconds.
	NotFound Conclusion = "NotFound"

	// NoRoute means that Agora's gateway does not know the URL. This says nothing about
	// the recording.
	NoRoute Conclusion = "NoRoute"

	// InvalidRequest means that Agora rejected the request as invalid.
	InvalidRequest Conclusion = "InvalidRequest"

	// ResourceExpired means that Agora accepts no more calls for this recording, which
	// may still be running.
	ResourceExpired Conclusion = "ResourceExpired"

	// CredentialsRejected means that Agora rejected the credentials.
	CredentialsRejected Conclusion = "CredentialsRejected"

	// AlreadyStarted means that the recording was started earlier with the same resource
	// ID and is running, but the answer does not contain its sid.
	AlreadyStarted Conclusion = "AlreadyStarted"

	// TaskConflict means that a recording of the same channel and uid is already running,
	// and that no new one was started.
	TaskConflict Conclusion = "TaskConflict"

	// NeedsNewResource means that nothing was started and that this resource ID can no
	// longer start anything.
	NeedsNewResource Conclusion = "NeedsNewResource"

	// Overloaded means that nothing was started for lack of capacity: the account already
	// runs as many recordings as it may, or Agora has no free server.
	Overloaded Conclusion = "Overloaded"

	// NotEnabled means that cloud recording is not enabled for the App ID.
	NotEnabled Conclusion = "NotEnabled"

	// TokenRejected means that Agora rejected the token that the recorder needs to join
	// the channel. It says nothing about whether the recorder is running.
	TokenRejected Conclusion = "TokenRejected"

	// AccountInactive means that Agora has suspended the account or the App ID.
	AccountInactive Conclusion = "AccountInactive"

	// RateLimited means that the account has sent too many requests. This request had no
	// effect.
	RateLimited Conclusion = "RateLimited"
)

// String returns the conclusion's name.
func (c Conclusion) String() string {
	if c == NotKnown {
		return "NotKnown"
	}
	return string(c)
}

// rule is a row of the table: the meaning of one kind of answer.
type rule struct {
	// method restricts the rule to one method. If it is empty, the rule applies to all
	// methods.
	method Method

	// codes are the Agora codes that the rule matches, whatever the HTTP status. Agora
	// does not document an HTTP status for all of them.
	codes []int32

	// when is the condition of a rule without codes.
	when func(r Reply) bool

	conclusion Conclusion
}

// rules gives the meaning of every answer. The first rule that matches wins. An answer
// that matches no rule is NotKnown.
//
// The gateway's answers come first: they have no code, so only their status counts.
// Agora's codes come next, then answers that have a status but no code.
var rules = []rule{
	{when: statusIs(httpUnauthorized, httpForbidden), conclusion: CredentialsRejected},
	{when: statusIs(httpTooManyRequests), conclusion: RateLimited},
	{when: isNoRoute, conclusion: NoRoute},

	// For acquire, 62 is not a timeout, whatever the HTTP status.
	{codes: []int32{62}, method: MethodAcquire, conclusion: NotEnabled},
	{codes: []int32{406}, method: MethodAcquire, conclusion: Overloaded},
	{codes: []int32{405}, method: MethodAcquire, conclusion: AccountInactive},
	{codes: []int32{501, 504}, method: MethodAcquire, conclusion: Overloaded},

	{method: MethodStart, when: isAlreadyStarted, conclusion: Succeeded},
	{codes: []int32{7}, method: MethodStart, conclusion: AlreadyStarted},
	{codes: []int32{53}, method: MethodStart, conclusion: TaskConflict},
	{codes: []int32{15, 433, 502, 1001}, method: MethodStart, conclusion: NeedsNewResource},

	{codes: []int32{435}, method: MethodStop, conclusion: NoRecordedData},
	// Agora documents no HTTP status for these codes, and each is in only one edition of
	// its documentation.
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

// isWorkerNotFound accepts only a 404 from the recording service. A proxy or another
// service may answer with the same status or code, which says nothing about the
// recording.
func isWorkerNotFound(r Reply) bool {
	notFound := r.status == httpNotFound || r.code == httpNotFound
	return notFound && (r.says("failed to find worker") || r.isOfService() || r.cname != "")
}

func isRefused(r Reply) bool {
	return r.status == httpBadRequest && r.isObject
}

// isSuccess requires more than the status: the answer must come from the service itself
// and contain no error code. Agora's older documentation shows a code of 200.
func isSuccess(r Reply) bool {
	return r.status >= 200 && r.status < 300 && r.isOfService() &&
		!r.strangeCode && (r.code == 0 || r.code == httpOK)
}

// isSuccessWithResponse is for query, whose answer is useless without the state of the
// recorder.
func isSuccessWithResponse(r Reply) bool {
	return isSuccess(r) && r.response != nil
}

// isUpdated requires the exact status. With any other one, Agora may still be applying
// the update.
func isUpdated(r Reply) bool {
	return r.status == httpOK && isSuccess(r)
}

// isAcquired requires the resource ID, which is the only purpose of acquire.
func isAcquired(r Reply) bool {
	return isSuccess(r) && isResourceID(r.resourceID)
}

// isStarted requires the sid, without which the recording cannot be stopped.
func isStarted(r Reply) bool {
	return isSuccess(r) && isSID(r.sid)
}

// isAlreadyStarted matches the answer to a repeated start that contains the sid. The sid
// is all that was lost with the first answer.
func isAlreadyStarted(r Reply) bool {
	return r.status == httpCreated && r.code == codeAlreadyStarted && isSID(r.sid)
}

const codeAlreadyStarted = 7

// Agora's codes for a rejected token.
const (
	// CodeTokenExpired means that the token has expired.
	CodeTokenExpired = 109

	// CodeTokenInvalid means that the token does not match the channel, the uid and the
	// App ID, or that a token was sent although the project has no certificate.
	CodeTokenInvalid = 110
)

// isRejectedAndStarted reports whether an answer to start names a recording although the
// token was rejected. That recording may be running.
func isRejectedAndStarted(r Reply) bool {
	return (r.code == CodeTokenExpired || r.code == CodeTokenInvalid) && isSID(r.sid)
}

// isNotEnabled matches the texts that Agora sends instead of a code.
func isNotEnabled(r Reply) bool {
	return r.status == httpBadRequest && (r.says("appid is invalid") || r.says("invalid appid") || r.says("invalid_appid"))
}

// Conclude returns the meaning of the answer to a call for the recording. None of its
// texts contain the credentials or the secrets.
func Conclude(method Method, credentials Credentials, recording Recording, r Reply, secrets ...string) Answer {
	// Redact before the text is shortened. Otherwise, a part of a secret could remain.
	r.text = redact(r.text, credentials, secrets...)
	answer := Answer{Method: method, HTTPStatus: r.status, Code: r.code, Reason: r.reason()}
	if r.isOfAnother(method, recording) {
		answer.Reason = "the answer is about another recording"
		return answer
	}
	// Names and states count wherever they appear, even in an error.
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
