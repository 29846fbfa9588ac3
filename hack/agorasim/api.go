// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"net/http"

	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// The values that a Simulator takes and returns.

type (
	// Configuration is what of a recording is in force.
	Configuration = recorder.Configuration
	// Layout is how a mix recording arranges the videos.
	Layout = recorder.Layout
	// LayoutBackground is what is shown of a user who sends no video.
	LayoutBackground = recorder.LayoutBackground
	// LayoutRegion is where a user's video is.
	LayoutRegion = recorder.LayoutRegion
	// RTMPOutput is where a web page recording is pushed to.
	RTMPOutput = recorder.RTMPOutput
	// StorageConfig is where the files of a recording go.
	StorageConfig = recorder.StorageConfig
	// StreamSelection is whose streams of one medium are recorded.
	StreamSelection = recorder.StreamSelection
	// Subscription is whose streams a recording is made of.
	Subscription = recorder.Subscription
	// Updates count the calls that change a recording.
	Updates = recorder.Updates
	// Upload is what becomes of a recording's files.
	Upload = recorder.Upload
	// VideoProfile is the size and the quality of a mix recording's video.
	VideoProfile = recorder.VideoProfile
	// Effect is what a fault does to a call.
	Effect = faults.Effect
	// Fault is what goes wrong with calls.
	Fault = faults.Fault
	// StartFailure is why a recorder does not come up.
	StartFailure = faults.StartFailure
	// Attempt is a request that delivers a notification.
	Attempt = notify.Attempt
	// Delivery is an entry of the log of notifications.
	Delivery = notify.Delivery
	// DeliveryState is how far a delivery has come.
	DeliveryState = notify.DeliveryState
	// Details are those of an event.
	Details = notify.Details
	// NotificationEffect is what a fault does to a notification.
	NotificationEffect = notify.Effect
	// NotificationFault is what goes wrong with notifications.
	NotificationFault = notify.Fault
	// Notifications say which notifications are sent, and where.
	Notifications = notify.Settings
	// Receiver is where notifications are sent, and the secret that signs them.
	Receiver = notify.Receiver
)

// The modes of recording, and the outcomes of uploads.
const (
	ModeIndividual          = recorder.ModeIndividual
	ModeMix                 = recorder.ModeMix
	ModeWeb                 = recorder.ModeWeb
	UploadingStatusUploaded = recorder.UploadingStatusUploaded
	UploadingStatusBackuped = recorder.UploadingStatusBackuped
	UploadingStatusUnknow   = recorder.UploadingStatusUnknow
	UploadingStatusUnknown  = recorder.UploadingStatusUnknown
	UploadingStatusAbsent   = recorder.UploadingStatusAbsent
)

// The methods of Agora's API.
const (
	MethodAcquire      = faults.MethodAcquire
	MethodStart        = faults.MethodStart
	MethodQuery        = faults.MethodQuery
	MethodUpdate       = faults.MethodUpdate
	MethodUpdateLayout = faults.MethodUpdateLayout
	MethodStop         = faults.MethodStop
)

// What faults do to calls, and why recorders do not come up.
const (
	EffectDropAfterActing   = faults.EffectDropAfterActing
	EffectDropBeforeActing  = faults.EffectDropBeforeActing
	EffectAnswer            = faults.EffectAnswer
	EffectAnswerAfterActing = faults.EffectAnswerAfterActing
	EffectGatewayPage       = faults.EffectGatewayPage
	EffectTooManyRequests   = faults.EffectTooManyRequests
	EffectEmptyBody         = faults.EffectEmptyBody
	EffectCutBody           = faults.EffectCutBody
	EffectHang              = faults.EffectHang
	EffectHangAfterActing   = faults.EffectHangAfterActing
	EffectDoesNotComeUp     = faults.EffectDoesNotComeUp
	StartFailureToken       = faults.StartFailureToken
	StartFailureStorage     = faults.StartFailureStorage
	StartFailureTranscoding = faults.StartFailureTranscoding
)

// What faults do to notifications.
const (
	NotificationLose           = notify.EffectLose
	NotificationDuplicate      = notify.EffectDuplicate
	NotificationRedundant      = notify.EffectRedundant
	NotificationDelay          = notify.EffectDelay
	NotificationReverse        = notify.EffectReverse
	NotificationWrongSignature = notify.EffectWrongSignature
	NotificationWithoutV2      = notify.EffectWithoutV2
	NotificationUnsigned       = notify.EffectUnsigned
)

// The states of a delivery.
const (
	DeliveryPending = notify.DeliveryPending
	DeliveryDone    = notify.DeliveryDone
	DeliveryGivenUp = notify.DeliveryGivenUp
	DeliveryLost    = notify.DeliveryLost
)

// The events that Agora notifies of.
const (
	EventError                  = notify.EventError
	EventWarning                = notify.EventWarning
	EventStatusUpdate           = notify.EventStatusUpdate
	EventFileInfos              = notify.EventFileInfos
	EventSessionExit            = notify.EventSessionExit
	EventSessionFailover        = notify.EventSessionFailover
	EventHighAvailability       = notify.EventHighAvailability
	EventUploaderStarted        = notify.EventUploaderStarted
	EventUploaded               = notify.EventUploaded
	EventBackuped               = notify.EventBackuped
	EventUploadingProgress      = notify.EventUploadingProgress
	EventRecorderStarted        = notify.EventRecorderStarted
	EventRecorderLeave          = notify.EventRecorderLeave
	EventSliceStart             = notify.EventSliceStart
	EventAudioStreamState       = notify.EventAudioStreamState
	EventVideoStreamState       = notify.EventVideoStreamState
	EventSnapshotFile           = notify.EventSnapshotFile
	EventVODStarted             = notify.EventVODStarted
	EventVODTriggered           = notify.EventVODTriggered
	EventWebRecorderStarted     = notify.EventWebRecorderStarted
	EventWebRecorderStopped     = notify.EventWebRecorderStopped
	EventWebCapabilityLimit     = notify.EventWebCapabilityLimit
	EventWebReload              = notify.EventWebReload
	EventTranscoderStarted      = notify.EventTranscoderStarted
	EventTranscoderCompleted    = notify.EventTranscoderCompleted
	EventDownloadFailed         = notify.EventDownloadFailed
	EventRTMPPublishStatus      = notify.EventRTMPPublishStatus
	EventPostponeTranscodeFinal = notify.EventPostponeTranscodeFinal
)

// The headers in which a notification is signed.
const (
	SignatureHeader   = notify.SignatureHeader
	SignatureV2Header = notify.SignatureV2Header
)

// EventNames returns Agora's names of the events by their types.
func EventNames() map[int]string { return notify.EventNames() }

// IsSigned says whether a secret signed a notification.
func IsSigned(header http.Header, body []byte, secret string) bool {
	return notify.IsSigned(header, body, secret)
}
