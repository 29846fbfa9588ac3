// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"hash/fnv"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"cloudrecording.dev/operator/controllers/agora"
)

const (
	// SnapshotTimeout is how long a stop waits for the query that first saves what is known.
	SnapshotTimeout = 3 * time.Second

	// slowRetry is for what only a person can fix.
	slowRetry = 5 * time.Minute

	// rateLimitedRetry leaves the pace to the account's budget.
	rateLimitedRetry = time.Second

	// overloadedRetry leaves the pace to the queue of recordings that wait for room.
	overloadedRetry = time.Second

	// callRetryMax is the longest time between two attempts to stop or to update.
	callRetryMax = time.Minute

	// lateRecheck is for uploads that were not confirmed in time.
	lateRecheck = time.Hour

	// backupKept is how long Agora may keep the backup from which it transfers files to the
	// bucket. An older page of its documentation says ten days. The newest one says 72 hours
	// at most, which is what people are told.
	backupKept = 10 * 24 * time.Hour

	// notFoundTries is how often Agora must answer that there is no such recorder before the
	// recording counts as ended.
	notFoundTries = 4

	// notFoundCounts is how long such an answer counts. After a longer silence, or a restart,
	// the recording may have been at work in between and be moving again. It is longer than
	// any wait between two tries.
	notFoundCounts = 3 * time.Minute

	// longestTurnWait is longer than it takes until a call that waits for its turn is decided
	// on again.
	longestTurnWait = 5 * time.Minute

	// runningTries is how often in a row Agora must say that a recorder is at work after it
	// was taken to have ended. The first time may be old news.
	runningTries = 2

	// toleratedFailures is how many polls in a row may fail before a running recording counts
	// as not looked after.
	toleratedFailures = 3
)

// startDelays are the delays before a start or an acquire that failed is tried again. Agora
// documents 3, 6 and 9 seconds for a start that may have taken effect.
var startDelays = map[agora.Conclusion][]time.Duration{
	agora.NotKnown:         {3 * time.Second, 6 * time.Second, 9 * time.Second, 30 * time.Second, time.Minute},
	agora.NotFound:         {3 * time.Second, 6 * time.Second, 9 * time.Second, 30 * time.Second, time.Minute},
	agora.NeedsNewResource: {3 * time.Second, 6 * time.Second, 9 * time.Second, 30 * time.Second, time.Minute},
}

// retryAfter returns how long after a number of failures in a row a call is worth trying
// again.
func retryAfter(method agora.Method, conclusion agora.Conclusion, failures int) time.Duration {
	switch conclusion {
	case agora.RateLimited:
		return rateLimitedRetry
	case agora.Overloaded:
		return overloadedRetry
	case agora.NoRoute, agora.InvalidRequest, agora.ResourceExpired, agora.CredentialsRejected:
		return slowRetry
	default:
	}
	switch method {
	case agora.MethodAcquire, agora.MethodStart:
		if delays, ok := startDelays[conclusion]; ok {
			return step(failures, delays...)
		}
		return slowRetry
	case agora.MethodQuery:
		return queryRetry(failures)
	default:
		return callRetry(failures)
	}
}

// callRetry returns the delay before a stop or an update is tried again: 1, 3 and 6
// seconds, as Agora documents, and then up to a minute.
func callRetry(failures int) time.Duration {
	return step(failures, time.Second, 3*time.Second, 6*time.Second, 12*time.Second, 24*time.Second, 48*time.Second, callRetryMax)
}

// queryRetry returns the delay before a query that failed or found no recorder is tried
// again.
func queryRetry(failures int) time.Duration {
	return step(failures, 5*time.Second, 10*time.Second, 15*time.Second, 30*time.Second)
}

// step returns the delay after a number of failures. The last delay stays.
func step(failures int, delays ...time.Duration) time.Duration {
	return delays[min(max(failures, 1), len(delays))-1]
}

// nextUploadCheck returns how long after the stop the next check of the upload is due. The
// times of the checks depend on the stop alone: each check comes as long after the previous
// one as that came after the stop, within the two bounds.
func nextUploadCheck(sinceStop, shortest, longest time.Duration) time.Duration {
	check := max(shortest, time.Second/10)
	longest = max(longest, check)
	for check <= sinceStop && check < longest {
		check *= 2
	}
	if check <= sinceStop {
		check += longest * (1 + (sinceStop-check)/longest)
	}
	return check
}

// firstPoll returns how long after a restart a recording is first polled. It lies somewhere
// in the interval, and is always the same for the same recording.
func firstPoll(uid types.UID, interval time.Duration) time.Duration {
	if interval <= 0 {
		return 0
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(uid)) // never fails
	share := float64(hash.Sum32()) / (1 << 32)
	return time.Duration(share * float64(interval))
}
