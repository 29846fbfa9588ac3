// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"cmp"
	"time"

	"gocloud.dev/blob"
	"k8s.io/utils/clock"

	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/agorasim/simtime"
)

const (
	defaultRequestsPerSecond = 10
	defaultUploadDuration    = 2 * time.Second
	defaultExitAfter         = 5 * time.Second
	defaultStartupStep       = time.Second
	defaultRequestLogSize    = 10000
	defaultPublisher         = "123"

	defaultNotificationTimeout = 10 * time.Second
	defaultSTSRefreshInterval  = time.Hour
)

// Options say how a Simulator behaves. The zero value is usable, but nobody
// can authenticate with it. Durations are in simulated time. Maps and lists must not
// change afterwards.
type Options struct {
	// Credentials are the accepted pairs: customer secrets by customer ID.
	Credentials map[string]string
	// RequestsPerSecond is the limit of an account: 10 if zero, none if negative.
	RequestsPerSecond int
	// AppIDs are the enabled App IDs, each with the account it belongs to
	// ("" for any). If empty, every App ID is enabled.
	AppIDs map[string]string
	// AppIDsWithoutRecording are App IDs for which cloud recording is not enabled:
	// acquire answers code 62.
	AppIDsWithoutRecording []string

	// MaxRecordings is how many recordings may run for an App ID at once: with as many,
	// acquire answers code 406. Any number may if zero.
	MaxRecordings int

	// Clock is the time that Speed multiplies; the real one if nil.
	Clock clock.WithTicker
	// RateLimitClock is the time in which the limit of requests a second is
	// kept; the real one if nil. Speed has no influence on it.
	RateLimitClock clock.PassiveClock
	// Speed is how many simulated seconds pass in one of Clock's, a million at
	// the most; 1 if zero.
	Speed float64

	// Tokens are the RTC tokens that projects want, by App ID; a project that is
	// not named takes any, or none. A start with another one is accepted, and
	// its recorder does not come up.
	Tokens map[string]string
	// AppCertificates are the App Certificates of projects, by App ID. A start in such
	// a project needs a token that is signed with it, for the channel and the user, or no
	// recorder comes up; and a recorder ends when its token does.
	AppCertificates map[string]string
	// StorageCredentials are what opens the bucket; everything does if empty. A
	// start with other credentials is accepted, and its recorder does not come up.
	StorageCredentials []StorageCredential
	// STSRefreshInterval is how long a recorder uploads with an STS token before
	// it needs a fresh storageConfig: an hour if zero, without end if negative.
	// Then files go to Agora's backup; past stsExpiration uploads fail.
	STSRefreshInterval time.Duration

	// UploadDuration is how long a recorder uploads after its end: 2 s if
	// zero, no time if negative.
	UploadDuration time.Duration
	// ExitAfter is how long a recorder stays after its upload, before it
	// exits and answers 404: 5 s if zero, no time if negative.
	ExitAfter time.Duration
	// StartupStep is how long a starting recorder stays in each of the
	// states 1 to 4: 1 s if zero, no time if negative.
	StartupStep time.Duration
	// UploadingStatus is the outcome of uploads: "uploaded" if empty.
	UploadingStatus string
	// ResourceIDValidity is how long after acquire a resource ID can start: 5
	// minutes if zero.
	ResourceIDValidity time.Duration
	// Scenario says how a recording goes that start begins, where the request
	// decides nothing; nil leaves it to these options. It must not call the
	// simulator.
	Scenario func(StartRequest) Scenario
	// Publishers are the users who publish in the channel of a started
	// recording: user 123 if nil, nobody if empty.
	Publishers []string

	// Bucket gets what is recorded, whatever bucket a request names; nothing is
	// written if nil. It stays the caller's to close.
	Bucket *blob.Bucket
	// Slices is how many slices each index has in the end, and how many
	// screenshots there are of each user. If zero, they are as many as the
	// recorded time makes, five at the most.
	Slices int
	// UnixSliceNames has the slices of web page recordings named by 13 digits,
	// milliseconds since 1970, as one of Agora's pages has it, rather than by the
	// 17 digits of a date.
	UnixSliceNames bool
	// Upload is what becomes of the files of recordings.
	Upload recorder.Upload

	// Notifications say which notifications are sent, and where. They must be
	// such as SetNotifications accepts.
	Notifications notify.Settings
	// NotificationTimeout is how long, in real time, a receiver may take to
	// answer: 10 s if not positive.
	NotificationTimeout time.Duration
	// StateClockTime has times be stated in Clock's time, which Speed does not multiply:
	// by notifications, for receivers that compare them with their own, and by tokens,
	// for those who mint them by their own.
	StateClockTime bool

	// RequestLogSize bounds the logs of requests and of notifications: 10000
	// if zero.
	RequestLogSize int
	// OnRequest is called when a request has arrived, before any delay and
	// before it is answered. It may be called concurrently.
	OnRequest func(Request)
}

func (o Options) withDefaults() Options {
	if o.Publishers == nil {
		o.Publishers = []string{defaultPublisher}
	}
	o.RequestsPerSecond = cmp.Or(o.RequestsPerSecond, defaultRequestsPerSecond)
	o.Clock = cmp.Or[clock.WithTicker](o.Clock, clock.RealClock{})
	o.RateLimitClock = cmp.Or[clock.PassiveClock](o.RateLimitClock, clock.RealClock{})
	if !simtime.IsSpeed(o.Speed) {
		o.Speed = 1
	}
	o.STSRefreshInterval = durationOrDefault(o.STSRefreshInterval, defaultSTSRefreshInterval)
	o.UploadDuration = durationOrDefault(o.UploadDuration, defaultUploadDuration)
	o.ExitAfter = durationOrDefault(o.ExitAfter, defaultExitAfter)
	o.StartupStep = durationOrDefault(o.StartupStep, defaultStartupStep)
	o.ResourceIDValidity = durationOrDefault(o.ResourceIDValidity, resourceIDValidity)
	o.UploadingStatus = cmp.Or(o.UploadingStatus, recorder.UploadingStatusUploaded)
	o.NotificationTimeout = cmp.Or(max(o.NotificationTimeout, 0), defaultNotificationTimeout)
	o.RequestLogSize = cmp.Or(max(o.RequestLogSize, 0), defaultRequestLogSize)
	return o
}

// durationOrDefault reads zero as "the default" and a negative one as zero.
func durationOrDefault(d, byDefault time.Duration) time.Duration {
	if d == 0 {
		return byDefault
	}
	return max(d, 0)
}
