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

// Options are the settings of a Simulator. The zero value is usable, but nobody can
// authenticate. Durations are in simulated time. Maps and lists must not change
// afterwards.
type Options struct {
	// Credentials are the accepted customer secrets by customer ID.
	Credentials map[string]string
	// RequestsPerSecond is the limit of an account. Zero means 10, and negative means no
	// limit.
	RequestsPerSecond int
	// AppIDs are the enabled App IDs, each with the account that it belongs to, or "" for
	// any account. If it is empty, every App ID is enabled.
	AppIDs map[string]string
	// AppIDsWithoutRecording are App IDs without cloud recording. acquire answers them
	// with code 62.
	AppIDsWithoutRecording []string

	// MaxRecordings limits the concurrent recordings of an App ID. At the limit, acquire
	// answers with code 406. Zero means no limit.
	MaxRecordings int

	// Clock is the base clock that Speed multiplies. Nil means the real clock.
	Clock clock.WithTicker
	// RateLimitClock is the clock for the limit of requests per second. Nil means the
	// real clock. Speed does not affect it.
	RateLimitClock clock.PassiveClock
	// Speed is how many simulated seconds pass in one second of Clock. The maximum is a
	// million. Zero means 1.
	Speed float64

	// Tokens are the required RTC tokens of projects, by App ID. Other projects accept
	// any token, or none. A start with a wrong token is accepted, but its recorder does
	// not come up.
	Tokens map[string]string
	// AppCertificates are the App Certificates of projects, by App ID. A start in such a
	// project needs a token that is signed with the certificate for the channel and the
	// user. Otherwise, no recorder comes up. A recorder ends when its token expires.
	AppCertificates map[string]string
	// StorageCredentials are the credentials that open the bucket. If it is empty, all
	// do. A start with other credentials is accepted, but its recorder does not come up.
	StorageCredentials []StorageCredential
	// STSRefreshInterval is how long a recorder uploads with an STS token before it needs
	// a new storageConfig. After that, files go to Agora's backup. After stsExpiration,
	// uploads fail. Zero means an hour, and negative means no limit.
	STSRefreshInterval time.Duration

	// UploadDuration is how long a recorder uploads after its end. Zero means 2 s, and
	// negative means no time.
	UploadDuration time.Duration
	// ExitAfter is how long a recorder stays after its upload, before it exits and
	// answers 404. Zero means 5 s, and negative means no time.
	ExitAfter time.Duration
	// StartupStep is how long a starting recorder stays in each of the states 1 to 4.
	// Zero means 1 s, and negative means no time.
	StartupStep time.Duration
	// UploadingStatus is the outcome of uploads. Empty means "uploaded".
	UploadingStatus string
	// ResourceIDValidity is how long after acquire a resource ID can start a recording.
	// Zero means 5 minutes.
	ResourceIDValidity time.Duration
	// Scenario returns how a new recording behaves, where the request does not decide
	// that. Nil leaves it to these options. It must not call the simulator.
	Scenario func(StartRequest) Scenario
	// Publishers are the users who publish in the channel of a new recording. Nil means
	// user 123, and an empty list means nobody.
	Publishers []string

	// Bucket receives the recorded files, whatever bucket a request names. If it is nil,
	// no files are written. The caller closes it.
	Bucket *blob.Bucket
	// Slices is the final number of slices of each index, and of screenshots of each
	// user. If it is zero, the number follows from the recorded time, up to five.
	Slices int
	// UnixSliceNames names web page slices with 13 digits, milliseconds since 1970, as
	// one of Agora's pages does, rather than with the 17 digits of a date.
	UnixSliceNames bool
	// Upload describes what happens to the files of recordings.
	Upload recorder.Upload

	// Notifications select which notifications are sent, and where they are sent. They
	// must be valid for SetNotifications.
	Notifications notify.Settings
	// NotificationTimeout is how long, in real time, a receiver may take to answer. If it
	// is not positive, it is 10 s.
	NotificationTimeout time.Duration
	// StateClockTime makes notifications and tokens use times of Clock, which Speed does
	// not affect. It is for receivers that compare the times with their own clock, and
	// for issuers that mint tokens by their own clock.
	StateClockTime bool

	// RequestLogSize limits the logs of requests and of notifications. Zero means 10000.
	RequestLogSize int
	// OnRequest is called when a request has arrived, before any delay and before the
	// answer. It may be called concurrently.
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

// durationOrDefault returns the default for zero, and zero for a negative duration.
func durationOrDefault(d, byDefault time.Duration) time.Duration {
	if d == 0 {
		return byDefault
	}
	return max(d, 0)
}
